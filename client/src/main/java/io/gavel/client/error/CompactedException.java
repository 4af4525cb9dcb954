package io.gavel.client.error;

/** The wanted revision has been compacted; {@link #detail()} carries the oldest one kept. */
public final class CompactedException extends GavelException {
    private static final long serialVersionUID = 1L;

    /** Wraps what is known about a failure. */
    public CompactedException(ErrorDetail detail) {
        super(detail);
    }
}
