package io.gavel.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A reusable buffer of the effects of one duty cycle, in the order in which each lane must carry them out.
///
/// Confined to the consensus thread.
public final class Effects {
    private final List<Effect> effects = new ArrayList<>();

    /// Puts the effect behind those already here: within a lane, order is the order of adding.
    public void add(Effect effect) {
        effects.add(effect);
    }

    public boolean isEmpty() {
        return effects.isEmpty();
    }

    public int size() {
        return effects.size();
    }

    /// Hands over each effect in order and empties the buffer.
    public void drain(Consumer<Effect> consumer) {
        for (int i = 0; i < effects.size(); i++) {
            consumer.accept(effects.get(i));
        }
        effects.clear();
    }
}
