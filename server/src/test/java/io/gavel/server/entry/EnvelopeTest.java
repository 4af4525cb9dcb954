package io.gavel.server.entry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.Txn;
import io.gavel.raft.Payload;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvelopeTest {
    private static final RequestStamp STAMP = new RequestStamp(7, 0x0123_4567_89ab_cdefL, 11, 5);

    @Test
    void keepsTheClientsBytesVerbatim() {
        byte[] command = {1, 2, 3};
        Envelope envelope = Envelope.decode(Payload.wrap(Envelope.ofClient(1, 42, STAMP, command)));
        assertThat(envelope.origin()).isEqualTo(EntryOrigin.CLIENT);
        assertThat(envelope.featureLevel()).isEqualTo(1);
        assertThat(envelope.principalId()).isEqualTo(42);
        assertThat(envelope.stamp()).isEqualTo(STAMP);
        byte[] bytes = envelope.payload().bytes();
        assertThat(Arrays.copyOfRange(bytes, Envelope.HEADER_BYTES, bytes.length))
                .isEqualTo(command);
        assertThat(envelope.commandLength()).isEqualTo(3);
    }

    @Test
    void aServersCommandHasNoSession() {
        Envelope envelope = Envelope.decode(Payload.wrap(Envelope.ofServer(1, new byte[0])));
        assertThat(envelope.origin()).isEqualTo(EntryOrigin.SERVER);
        assertThat(envelope.stamp()).isEqualTo(RequestStamp.NONE);
    }

    @ParameterizedTest(name = "byte {0} set to {1}: {2}")
    @CsvSource({
        "0, 2, unknown envelope format 2",
        "1, 3, unknown entry origin 3",
        "1, 0, unknown entry origin 0",
        "3, 2, entry of feature level 2",
        "3, 0, entry of feature level 0",
        "4, 1, unknown envelope flags",
        "9, 1, unknown envelope group",
        "13, 1, unknown envelope namespace",
    })
    void haltsOnWhatItDoesNotKnow(int at, byte value, String message) {
        byte[] bytes = Envelope.ofClient(1, 0, STAMP, new byte[] {1});
        bytes[at] = value;
        assertThatThrownBy(() -> Envelope.decode(Payload.wrap(bytes)))
                .isInstanceOf(UnsupportedEntryException.class)
                .hasMessageContaining(message);
    }

    @Test
    void haltsOnAnEntryWithoutAnEnvelope() {
        assertThatThrownBy(() -> Envelope.decode(Payload.wrap(new byte[Envelope.HEADER_BYTES - 1])))
                .isInstanceOf(UnsupportedEntryException.class);
    }

    @Test
    void findsUnknownFieldsAtAnyDepth() {
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
                .addField(777, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                .build();
        Command known = Command.newBuilder()
                .setPut(Put.newBuilder().setKey(ByteString.copyFromUtf8("k")))
                .build();
        assertThat(UnknownFields.findIn(known)).isNull();
        assertThat(UnknownFields.findIn(
                        known.toBuilder().setUnknownFields(unknown).build()))
                .isEqualTo("Command.777");
        Guard guard = Guard.newBuilder().setUnknownFields(unknown).build();
        assertThat(UnknownFields.findIn(Command.newBuilder()
                        .setTxn(Txn.newBuilder().addGuards(guard))
                        .build()))
                .isEqualTo("Guard.777");
    }

    @Test
    void findsUnknownEnumValues() {
        Command command = Command.newBuilder()
                .setTxn(Txn.newBuilder().addCompares(Compare.newBuilder().setRelationValue(9)))
                .build();
        assertThat(UnknownFields.findIn(command)).isEqualTo("gavel.v1.Compare.relation=9");
    }
}
