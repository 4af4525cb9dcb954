package io.gavel.client.kv;

import java.time.Duration;

/** How many keys there are. */
public record CountResult(long revision, Duration maxAge, long count) {}
