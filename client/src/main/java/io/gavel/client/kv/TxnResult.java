package io.gavel.client.kv;

import java.util.List;

/**
 * A transaction that ran.
 *
 * @param succeeded true: the {@code then} operations ran; false: the {@code otherwise} ones did
 * @param results one for each operation that ran, in order
 */
public record TxnResult(long revision, boolean succeeded, List<OpResult> results) {}
