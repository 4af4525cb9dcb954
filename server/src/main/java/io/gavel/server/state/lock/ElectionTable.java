package io.gavel.server.state.lock;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Campaign;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ElectionList;
import io.gavel.protocol.v1.ElectionListQuery;
import io.gavel.protocol.v1.ElectionState;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Proclaim;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.TransferElection;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.LiveSessions;
import io.gavel.server.state.table.ReadContext;
import io.gavel.server.state.table.StateEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Elections: a lock of one permit whose holder leads with a proposal and whose waiters are the candidates.
///
/// Leadership = (session, fencing token, proposal). Whoever watches an election sees each change of that triple once,
/// in order; between a leader that was deposed and the next one it sees that nobody leads.
public final class ElectionTable extends QueueTable {
    private static final OwnershipKind KIND = OwnershipKind.ELECTION;

    /// What watchers know of an election.
    private record Announced(long token, ByteString proposal) {}

    /// Elections that have a leader; equal to the first holder of each queue whenever no change is under way.
    private final TreeMap<String, Announced> announced = new TreeMap<>(OwnershipNames.ORDER);

    public ElectionTable() {
        super(KIND);
    }

    @Override
    public CommandResult.Builder execute(Command command, ApplyContext context) {
        return switch (command.getKindCase()) {
            case CAMPAIGN -> campaign(command.getCampaign(), context);
            case PROCLAIM -> proclaim(command.getProclaim(), context);
            case RESIGN ->
                verbs.release(command.getResign().getName(), command.getResign().getToken(), context);
            case TRANSFER_ELECTION -> transfer(command.getTransferElection(), context);
            case WITHDRAW ->
                verbs.withdraw(
                        command.getWithdraw().getName(), command.getWithdraw().getWaiter(), context);
            case CONFIRM_LOSS ->
                verbs.confirmLoss(
                        command.getConfirmLoss().getName(),
                        command.getConfirmLoss().getToken(),
                        context);
            default -> throw new IllegalArgumentException("not a command of elections: " + command.getKindCase());
        };
    }

    private CommandResult.Builder campaign(Campaign campaign, ApplyContext context) {
        Error refusal = checkCampaign(campaign, context);
        if (refusal != null) {
            return Answers.refused(refusal);
        }
        return verbs.ask(
                new ClaimVerbs.Request(
                        campaign.getName(),
                        1,
                        1,
                        0,
                        campaign.hasWaitMillis() ? campaign.getWaitMillis() : null,
                        campaign.getProposal(),
                        List.of()),
                context);
    }

    private static @Nullable Error checkCampaign(Campaign campaign, ApplyContext context) {
        if (context.sessionId() == 0) {
            return Answers.needsSession("campaign");
        }
        Error name = OwnershipNames.check(campaign.getName());
        if (name != null) {
            return name;
        }
        Error proposal = checkProposal(campaign.getProposal());
        return proposal != null
                ? proposal
                : ClaimVerbs.checkWait(campaign.hasWaitMillis() ? campaign.getWaitMillis() : null);
    }

    private static @Nullable Error checkProposal(ByteString proposal) {
        return proposal.size() > RequestLimits.PROPOSAL_BYTES
                ? Refusals.tooLarge("proposal", RequestLimits.PROPOSAL_BYTES, proposal.size())
                : null;
    }

    private CommandResult.Builder proclaim(Proclaim proclaim, ApplyContext context) {
        Claim leader = queues.holder(proclaim.getName(), proclaim.getToken(), context);
        Error refusal = checkProposal(proclaim.getProposal());
        if (refusal == null) {
            refusal = checkLeader(leader, proclaim.getName(), proclaim.getToken(), context);
        }
        if (refusal == null && leader != null) {
            refusal = context.checkGrowth(
                    (long) proclaim.getProposal().size() - leader.proposal().size());
        }
        if (refusal != null || leader == null) {
            return Answers.refused(refusal != null ? refusal : Answers.needsSession("proclaim"));
        }
        context.changeRevision();
        queues.replaceProposal(leader, proclaim.getProposal());
        queues.settle(leader.queue, context);
        return Answers.done();
    }

    /// Null if the caller leads with this token.
    private @Nullable Error checkLeader(@Nullable Claim leader, String name, long token, ApplyContext context) {
        if (context.sessionId() == 0) {
            return Answers.needsSession("leadership");
        }
        if (leader == null) {
            return Answers.notHeld(KIND, name, token, queues.find(name)).toBuilder()
                    .setCode(KIND.lossCode)
                    .build();
        }
        return leader.id.sessionId() == context.sessionId() ? null : Answers.notYours(KIND, name, leader);
    }

    /// Makes a candidate the next leader. A leader that asks for it with its token knows that it leads no more; one
    /// that is deposed by an operator may not, so the candidate waits for its confirmation or deadline (rule 4).
    private CommandResult.Builder transfer(TransferElection transfer, ApplyContext context) {
        PermitQueue queue = queues.find(transfer.getName());
        if (queue == null) {
            return Answers.refused(Refusals.notFound("election", transfer.getName()));
        }
        boolean byLeader = transfer.getToken() != 0;
        Claim leader = byLeader ? queues.holder(transfer.getName(), transfer.getToken(), context) : queue.firstHolder();
        Error refusal = byLeader ? checkLeader(leader, queue.name, transfer.getToken(), context) : null;
        if (refusal == null) {
            refusal = verbs.checkUnconfirmed(queue, 1);
        }
        if (refusal != null) {
            return Answers.refused(refusal);
        }
        Claim candidate = firstOf(queue, transfer.getToSession());
        if (candidate == null || !context.sessions().isAlive(transfer.getToSession())) {
            return Answers.refused(Refusals.notFound("candidate", Long.toUnsignedString(transfer.getToSession())));
        }
        context.changeRevision();
        queues.moveToHead(candidate);
        if (leader != null && byLeader) {
            queues.remove(leader);
        } else if (leader != null) {
            queues.revoke(leader, transfer.getNow(), context);
        }
        if (transfer.getNow()) {
            queue.losses().values().stream().filter(Claim::isBlocking).toList().forEach(queues::stopBlocking);
        }
        queues.settle(queue, context);
        return Answers.done();
    }

    private static @Nullable Claim firstOf(PermitQueue queue, long sessionId) {
        for (Claim waiter : queue.waiters().values()) {
            if (waiter.id.sessionId() == sessionId) {
                return waiter;
            }
        }
        return null;
    }

    @Override
    void onSettled(PermitQueue queue, ApplyContext context) {
        Claim leader = queue.firstHolder();
        Announced now = leader == null ? null : new Announced(leader.token(), leader.proposal());
        Announced before = now == null ? announced.remove(queue.name) : announced.put(queue.name, now);
        if (now == null ? before != null : !now.equals(before)) {
            context.publish(new StateEvent.LeaderChanged(
                    queue.name, leader == null ? null : QueueViews.holder(leader, context.sessions())));
        }
    }

    /// The leader of every election that has one, by name.
    public List<StateEvent.LeaderChanged> currentLeaders(LiveSessions sessions) {
        List<StateEvent.LeaderChanged> leaders = new ArrayList<>();
        for (String name : announced.keySet()) {
            PermitQueue queue = queues.find(name);
            Claim leader = queue == null ? null : queue.firstHolder();
            if (leader != null) {
                leaders.add(new StateEvent.LeaderChanged(name, QueueViews.holder(leader, sessions)));
            }
        }
        return leaders;
    }

    @Override
    public QueryResult.Builder read(Query query, ReadContext context) {
        return switch (query.getKindCase()) {
            case ELECTION -> show(query.getElection().getName(), context);
            case ELECTION_LIST -> list(query.getElectionList(), context);
            case WAITER ->
                QueryResult.newBuilder()
                        .setWaiter(verbs.waiterState(
                                query.getWaiter().getName(), query.getWaiter().getWaiter()));
            default -> throw new IllegalArgumentException("not a query of elections: " + query.getKindCase());
        };
    }

    private QueryResult.Builder show(String name, ReadContext context) {
        PermitQueue queue = queues.find(name);
        return queue == null ? notFound(name) : QueryResult.newBuilder().setElection(state(queue, context));
    }

    private QueryResult.Builder list(ElectionListQuery query, ReadContext context) {
        ElectionList.Builder list = ElectionList.newBuilder();
        NamePage page = new NamePage(query.getPrefix(), query.getAfter(), query.getLimit());
        list.setMore(page.collect(queues, queue -> {
            ElectionState state = state(queue, context);
            list.addElections(state);
            return state.getSerializedSize();
        }));
        return QueryResult.newBuilder().setElectionList(list);
    }

    private static ElectionState state(PermitQueue queue, ReadContext context) {
        ElectionState.Builder state = ElectionState.newBuilder()
                .setName(queue.name)
                .addAllCandidates(QueueViews.waiters(queue, context.sessions()))
                .setCandidateCount(queue.waiters().size());
        Claim leader = queue.firstHolder();
        if (leader != null) {
            state.setLeader(QueueViews.holder(leader, context.sessions()));
        }
        return state.build();
    }

    @Override
    public void readRecord(byte[] key, byte[] value) {
        PermitQueue queue = queues.readRecord(key, value);
        Claim leader = queue.firstHolder();
        if (leader != null) {
            announced.put(queue.name, new Announced(leader.token(), leader.proposal()));
        }
    }
}
