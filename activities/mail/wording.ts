/** How values are written in mails. */

/** `1.2 MB`: thousands, not 1024. */
export function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  // From here on one decimal would be rounded up to the next unit.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `2026-11-30 12:00 UTC`; what is no instant stays as it is. */
export function instantInUtc(instant: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return oneLine(instant);
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Without line breaks, and without characters that a reader does not see but that change the order of what is read. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
}

/** For texts and attribute values. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A whole document around finished HTML. It names no colours: readers in dark mode choose theirs. */
export function htmlDocument(title: string, body: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
</head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 40em; margin: 0 auto; padding: 1em">
${body.join('\n')}
</body>
</html>
`;
}
