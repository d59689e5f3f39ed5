import type { HostileRow } from './hostile-row.ts';
import { bytes, sql } from './hostile-values.ts';

const everyControl = String.fromCharCode(...Array.from({ length: 32 }, (_, code) => code), 127);
const longUnit = 'A long cell, "quoted", 長い 🎈\n';
/** About 10 MB: longer than many readers' limit for a cell. */
const longTimes = Math.ceil(10_000_000 / Buffer.byteLength(longUnit));

const plainTexts: Readonly<Record<string, string>> = {
  quotes: `"quoted" 'single' ""double"" \`tick\` "`,
  'only-quote': '"',
  'comma-and-quote': '","',
  backslashes: 'C:\\new\\table\\ and a last one \\',
  'line-feeds': 'first\nsecond\n\nfourth\n',
  'carriage-returns': 'first\r\nsecond\rthird\r',
  'starts-with-line-feed': '\n"x"',
  tabs: '\ta\tb\t',
  nul: 'before\0after\0',
  'control-characters': everyControl,
  'c1-controls': '\u0080\u0085\u009f',
  emoji: 'family 👨‍👩‍👧‍👦, flag 🇦🇶, thumb 👍🏽, keycap 1️⃣',
  'cjk-and-rtl': '日本語 中文 한국어 עברית العربية ‮turned‬',
  'combining-marks': 'e\u0301 ne\u0301e Z͑ͫ̓a̴l͏g̵o',
  'line-separators': 'a\u2028b\u2029c',
  'byte-order-mark': '\uFEFFtext\uFEFF',
  noncharacters: '\uFFFE\uFFFF\u{10FFFF}\uFFFD',
  'escaped-text': '\\u0022 \\n \\x00 \\\\ &quot; %22 \\ud83d',
  'json-text': '{"a":"b \\"c\\" \\u2028 \\\\","n":9007199254740993,"a":null}',
  'broken-json': '{"a": [1, 2',
  'url-and-slashes': 'https://example.test/a/b?c=d&e=</script>',
  formula: '=1+1',
  'formula-plus': '+1-1',
  'formula-minus': '-1+2',
  'formula-at': '@SUM(1)',
  'formula-after-tab': '\t=1+1',
  'formula-with-quote': '=HYPERLINK("https://example.test","x")',
  'null-marker': '\\N',
  'null-word': 'NULL',
  'null-json': 'null',
  'not-a-number': 'NaN',
  'boolean-word': 'true',
  'number-text': '007',
  'big-number-text': '9007199254740993',
  'date-text': '2026-03-01',
  'spaces-only': '   ',
  'surrounding-spaces': '  padded\u00a0 ',
  'exception-marker':
    '\r\n__exception__\r\nAAAAAAAAAAAAAAAA\r\nCode: 241. DB::Exception\n26 AAAAAAAAAAAAAAAA\r\n__exception__\r\n',
};

/** The same text in every kind of text column: plain, low cardinality, array, map key, map value. */
function everywhere(id: string, text: string): HostileRow {
  return {
    id,
    columns: {
      input: text,
      output: text,
      name: text,
      status_message: text,
      user_id: text,
      version: text,
      environment: text,
      tags: [text, '', text],
      metadata_names: [text],
      metadata_values: [text],
      tool_call_names: [text],
      model_parameters: text,
    },
    expected: { tags: [text, '', text], metadata: { [text]: text }, tool_call_names: [text] },
  };
}

/** One run of bytes that are not UTF-8 becomes one U+FFFD, and no good byte beside it is lost. */
function invalid(id: string, hex: string, repaired: string): HostileRow {
  const text = bytes(hex);
  return {
    id,
    columns: {
      input: text,
      output: sql(`concat('{"text":"', ${text.sql}, '"}')`),
      name: text,
      user_id: text,
      environment: text,
      tags: sql(`[${text.sql}]`),
      metadata_names: sql(`[${text.sql}]`),
      metadata_values: sql(`[${text.sql}]`),
    },
    expected: {
      input: repaired,
      output: `{"text":"${repaired}"}`,
      name: repaired,
      user_id: repaired,
      environment: repaired,
      tags: [repaired],
      metadata: { [repaired]: repaired },
    },
  };
}

const invalidTexts: readonly HostileRow[] = [
  invalid('invalid-lone-byte', '61 FF 62', 'a\uFFFDb'),
  invalid('invalid-cut-lead-byte', 'F0 61 62', '\uFFFDab'),
  invalid('invalid-cut-at-end', '61 62 E3 81', 'ab\uFFFD'),
  invalid('invalid-continuation-only', '80', '\uFFFD'),
  invalid('invalid-surrogate', '61 ED A0 80 62', 'a\uFFFDb'),
  invalid('invalid-overlong', '61 C0 AF 62', 'a\uFFFDb'),
  invalid('invalid-beyond-unicode', '61 F4 90 80 80 62', 'a\uFFFDb'),
  invalid('invalid-latin-1', '47 72 FC DF 65', 'Gr\uFFFDe'),
];

/** Rows whose texts trip writers and readers of CSV, JSON and Parquet. */
export const hostileTexts: readonly HostileRow[] = [
  ...Object.entries(plainTexts).map(([id, text]) => everywhere(id, text)),
  ...invalidTexts,
];

/** The only row of 10 MB; some readers refuse it. */
export const longCellId = 'long-cell';

/** Built on demand: the expected text is as long as the cell. */
export function longCell(): HostileRow {
  const unit = longUnit.replaceAll('\n', '\\n');
  return {
    id: longCellId,
    columns: { input: sql(`repeat('${unit}', ${longTimes})`), output: 'short' },
    expected: { input: longUnit.repeat(longTimes) },
  };
}
