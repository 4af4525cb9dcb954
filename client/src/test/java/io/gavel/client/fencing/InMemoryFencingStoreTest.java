package io.gavel.client.fencing;

/** The store in memory keeps the contract. */
class InMemoryFencingStoreTest implements FencingStoreContract {
    private final FencingStore store = new InMemoryFencingStore();

    @Override
    public FencingStore store() {
        return store;
    }
}
