package io.gavel.faults.sim.check;

/// A situation that a large batch of runs must have come into, or it has tested less than it seems.
public enum Goal {
    LEADER_CRASH_AFTER_SYNC("leader dies between a sync and the messages that vouch for it"),
    TRUNCATION("follower truncates entries that are not committed"),
    EARLIER_TERM_COMMITTED("earlier term's entry committed through a later one"),
    SNAPSHOT_DURING_CHANGE("snapshot installed while a change of members is pending"),
    ELECTION_WHILE_JOINT("joint configuration across an election"),
    LEADER_REMOVES_ITSELF("leader commits its own removal"),
    TRANSFER_TO_LAGGING("leadership asked to move to a member that lags"),
    REPEAT_AFTER_RESTORE("repeated request answered from stored results after a snapshot was restored"),
    RENEWAL_AT_DEADLINE("renewal in a clock entry within 1 ms of the deadline that it moves"),
    WAITER_DIED_BEFORE_GRANT("lock handed over past a waiter whose session died with its holder's"),
    WATCH_BELOW_FLOOR("watch begins one revision below the oldest that is readable"),
    WATCH_AT_FLOOR("watch begins at the oldest revision that is readable"),
    WATCH_ABOVE_FLOOR("watch begins one revision above the oldest that is readable"),
    READ_LOST_LEADER("read that was on its way refused because its leader lost leadership"),
    TORN_TAIL("torn tail of a journal repaired"),
    COMMITTED_ENTRY_REFETCHED("committed entry fetched again after its copy was damaged"),
    NO_SPACE_SURVIVED("a member without space goes on"),
    PRE_VOTE_REFUSED("pre-vote refused"),
    TERM_OVER_ONE_WAY_LINK("new term while links carry one way only"),
    QUORUM_LOSS_RECOVERED("quorum loss recovered: all reach only one, which does not lead"),
    CONSTRAINED_RECOVERED("constrained election recovered: the only one that all reach lags"),
    CHAINED_RECOVERED("chained case recovered: leader and one other reach only the one between them"),
    EXPIRED_IN_FLIGHT("session expired with a request in flight");

    private final String text;

    Goal(String text) {
        this.text = text;
    }

    /// What a batch prints.
    public String text() {
        return text;
    }
}
