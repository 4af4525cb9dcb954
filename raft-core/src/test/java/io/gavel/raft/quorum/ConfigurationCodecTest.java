package io.gavel.raft.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigurationCodecTest {
    private static final Configuration JOINT =
            new Configuration(List.of(member(1), member(2)), List.of(member(2), member(3)), List.of(member(4)));

    @Test
    void readsBackWhatItWrote() {
        assertThat(ConfigurationCodec.decode(ConfigurationCodec.encode(JOINT))).isEqualTo(JOINT);
    }

    @Test
    void refusesEveryShorterFormAndTrailingBytes() {
        byte[] encoded = ConfigurationCodec.encode(JOINT);

        for (int length = 0; length < encoded.length; length++) {
            byte[] shorter = Arrays.copyOf(encoded, length);
            assertThatThrownBy(() -> ConfigurationCodec.decode(shorter)).isInstanceOf(IllegalArgumentException.class);
        }
        byte[] longer = Arrays.copyOf(encoded, encoded.length + 1);
        assertThatThrownBy(() -> ConfigurationCodec.decode(longer)).hasMessageContaining("1 bytes too many");
    }

    @Test
    void refusesAVersionItDoesNotKnow() {
        byte[] encoded = ConfigurationCodec.encode(JOINT);
        encoded[0] = 2;

        assertThatThrownBy(() -> ConfigurationCodec.decode(encoded)).hasMessageContaining("version 2");
    }

    private static Member member(int id) {
        return new Member(new NodeId(id), new MemberUuid(id * 31L, ~id), "127.0.0.1:" + (7000 + id));
    }
}
