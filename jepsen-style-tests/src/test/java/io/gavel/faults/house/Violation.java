package io.gavel.faults.house;

import java.nio.file.Path;

/// One place where the tree breaks a house rule.
///
/// @param file relative to the root of the tree
/// @param line from 1
record Violation(Path file, int line, String rule, String found, String remedy) {
    @Override
    public String toString() {
        return file + ":" + line + ": [" + rule + "] " + found + "; " + remedy;
    }
}
