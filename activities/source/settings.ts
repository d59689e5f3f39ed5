/** Every setting that a result depends on is sent: profiles and server versions have defaults of their own. */
import type { Format } from '../../shared/config/integration.ts';

export type Settings = Record<string, string | number>;

/** What one query may cost. */
export interface QueryLimits {
  maxMemoryBytes: number;
  maxExecutionSeconds: number;
  maxThreads: number;
}

/** The connection must outlive a slow reader: after the default 30 s ClickHouse gives up with error 209. */
export const HTTP_TIMEOUT_SECONDS = 300;

const RIGHT_FINAL: Settings = {
  use_skip_indexes_if_final: 1,
  // Without it superseded versions reappear.
  use_skip_indexes_if_final_exact_mode: 1,
  optimize_move_to_prewhere_if_final: 1,
};

/** A profile that cuts results short instead of failing would pass for a complete export. */
const NEVER_CUT: Settings = {
  limit: 0,
  offset: 0,
  max_result_rows: 0,
  max_result_bytes: 0,
  result_overflow_mode: 'throw',
  read_overflow_mode: 'throw',
  timeout_overflow_mode: 'throw',
};

const HTTP: Settings = {
  http_send_timeout: HTTP_TIMEOUT_SECONDS,
  http_receive_timeout: HTTP_TIMEOUT_SECONDS,
  http_write_exception_in_output_format: 0,
  cancel_http_readonly_queries_on_client_close: 1,
  wait_end_of_query: 0,
  enable_http_compression: 0,
  // Keeps proxies from closing a silent connection. Node allows 16 KB of headers: once a minute is enough for hours.
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: 60_000,
};

const JSON_VALUES: Settings = {
  output_format_json_validate_utf8: 1,
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_64bit_floats: 0,
  output_format_json_quote_decimals: 0,
  output_format_json_quote_denormals: 0,
  output_format_json_escape_forward_slashes: 0,
};

/** For every query of this package. Lists of minutes stand in the text, hence its size. */
export function commonSettings(limits: QueryLimits, keySettings: Readonly<Record<string, number | string>>): Settings {
  return {
    ...RIGHT_FINAL,
    ...keySettings,
    ...NEVER_CUT,
    ...HTTP,
    ...JSON_VALUES,
    output_format_json_array_of_rows: 0,
    date_time_output_format: 'iso',
    max_query_size: 4 * 2 ** 20,
    max_memory_usage: limits.maxMemoryBytes,
    max_execution_time: limits.maxExecutionSeconds,
    max_threads: limits.maxThreads,
  };
}

/** For the rows of a part (measured: under 512 MB with parts of 250 MiB text, 140 MiB Parquet). */
export function formatSettings(format: Format): Settings {
  const rendering: Settings = { max_threads: 1, output_format_parallel_formatting: 0 };
  switch (format) {
    case 'csv':
      return {
        ...rendering,
        format_csv_null_representation: '',
        format_csv_delimiter: ',',
        output_format_csv_crlf_end_of_line: 0,
        bool_true_representation: 'true',
        bool_false_representation: 'false',
      };
    case 'json':
      return { ...rendering, output_format_json_array_of_rows: 1 };
    case 'jsonl':
      return rendering;
    case 'parquet':
      return {
        ...rendering,
        output_format_parquet_compression_method: 'zstd',
        // Memory follows this; smaller than 16 MiB gains nothing.
        output_format_parquet_row_group_size_bytes: 32 * 2 ** 20,
      };
  }
}

/** ClickHouse's names of our formats. */
export const CLICKHOUSE_FORMATS: Readonly<Record<Format, string>> = {
  csv: 'CSVWithNames',
  json: 'JSONEachRow',
  jsonl: 'JSONEachRow',
  parquet: 'Parquet',
};
