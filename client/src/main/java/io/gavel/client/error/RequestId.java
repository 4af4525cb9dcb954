package io.gavel.client.error;

import java.io.Serializable;

/** Names one mutating request for ever: the session that made it and its sequence there. */
public record RequestId(long session, long sequence) implements Serializable {}
