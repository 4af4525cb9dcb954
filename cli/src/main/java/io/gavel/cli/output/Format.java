package io.gavel.cli.output;

/// How data is printed on standard output.
public enum Format {
    /// Aligned columns with a header; the default on a terminal.
    TABLE,
    /// One JSON object.
    JSON,
    /// One JSON object a row.
    JSONL,
    /// Tab-separated values without a header; the default in a pipe.
    PLAIN
}
