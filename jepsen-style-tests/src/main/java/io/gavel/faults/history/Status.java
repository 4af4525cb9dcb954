package io.gavel.faults.history;

/// How an operation ended, as far as its caller knows.
public enum Status {
    /// It took effect between its call and its return.
    OK,
    /// It certainly had no effect and never will.
    FAIL,
    /// Unknown: it may take effect at any time after its call, or never.
    INFO
}
