package io.gavel.client.internal.wire;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.InvalidArgumentException;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Converts a configuration document to a record: component names are keys, those of a nested record have the
 * component's name and a dot in front.
 *
 * <p>Types: {@code String}, numbers, {@code boolean}, {@code Duration} ({@code 250ms}, {@code 10s}, {@code 5m},
 * {@code 2h}, {@code 1d}, ISO-8601), enums, {@code List} of those (separated by commas), {@code Optional} of those (for
 * keys that may be absent), records.
 */
public final class RecordBinder<T extends Record> {
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d+)(ms|s|m|h|d)");

    private static final Map<Class<?>, BiFunction<String, String, Object>> CONVERTERS = new LinkedHashMap<>();

    static {
        CONVERTERS.put(String.class, (key, text) -> text);
        CONVERTERS.put(Integer.class, (key, text) -> Integer.valueOf(text));
        CONVERTERS.put(Long.class, (key, text) -> Long.valueOf(text));
        CONVERTERS.put(Double.class, (key, text) -> Double.valueOf(text));
        CONVERTERS.put(Float.class, (key, text) -> Float.valueOf(text));
        CONVERTERS.put(Short.class, (key, text) -> Short.valueOf(text));
        CONVERTERS.put(Byte.class, (key, text) -> Byte.valueOf(text));
        CONVERTERS.put(BigDecimal.class, (key, text) -> new BigDecimal(text));
        CONVERTERS.put(Boolean.class, RecordBinder::bool);
        CONVERTERS.put(Duration.class, RecordBinder::duration);
    }

    private final Class<T> type;

    public RecordBinder(Class<T> type) {
        this.type = type;
    }

    /** The record; throws {@link InvalidArgumentException} naming the key that does not convert. */
    public T bind(Map<String, String> entries) {
        return record(type, "", entries);
    }

    private static <R> R record(Class<R> type, String prefix, Map<String, String> entries) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            arguments[i] = component(components[i], prefix + components[i].getName(), entries);
        }
        try {
            Constructor<R> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof GavelException gavel) {
                throw gavel;
            }
            throw refusal(
                    prefix.isEmpty() ? type.getSimpleName() : prefix, "accepted: " + e.getCause(), "this document");
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type + " has no usable canonical constructor", e);
        }
    }

    private static Object component(RecordComponent component, String key, Map<String, String> entries) {
        Type generic = component.getGenericType();
        Class<?> type = component.getType();
        if (type.isRecord()) {
            return record(type, key + ".", entries);
        }
        String text = entries.get(key);
        if (type == Optional.class) {
            Class<?> element = argument(generic);
            return text == null ? Optional.empty() : Optional.of(value(element, key, text));
        }
        if (text == null) {
            throw refusal(key, "present", "absent");
        }
        if (type == List.class) {
            return list(argument(generic), key, text);
        }
        return value(type, key, text);
    }

    private static Class<?> argument(Type generic) {
        if (generic instanceof ParameterizedType parameterized
                && parameterized.getActualTypeArguments()[0] instanceof Class<?> element) {
            return element;
        }
        throw new IllegalArgumentException(generic + " needs a plain type argument");
    }

    private static List<Object> list(Class<?> element, String key, String text) {
        List<Object> values = new ArrayList<>();
        if (!text.isBlank()) {
            for (String part : text.split(",", -1)) {
                values.add(value(element, key, part.strip()));
            }
        }
        return Collections.unmodifiableList(values);
    }

    private static Object value(Class<?> type, String key, String text) {
        if (type.isEnum()) {
            return constant(type, key, text);
        }
        BiFunction<String, String, Object> converter =
                CONVERTERS.get(MethodType.methodType(type).wrap().returnType());
        if (converter == null) {
            throw new IllegalArgumentException("a configuration record cannot have a component of type " + type);
        }
        try {
            return converter.apply(key, text);
        } catch (NumberFormatException e) {
            throw refusal(key, "a number that fits " + type.getSimpleName(), '"' + text + '"');
        }
    }

    private static Boolean bool(String key, String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw refusal(key, "true or false", '"' + text + '"');
        };
    }

    private static Duration duration(String key, String text) {
        Matcher matcher = SHORT_DURATION.matcher(text);
        try {
            if (!matcher.matches()) {
                return Duration.parse(text);
            }
            long amount = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        } catch (java.time.format.DateTimeParseException | ArithmeticException e) {
            throw refusal(key, "a duration, for example 250ms or 10s", '"' + text + '"');
        }
    }

    private static Object constant(Class<?> type, String key, String text) {
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equalsIgnoreCase(text)) {
                return constant;
            }
        }
        throw refusal(key, "one of " + Arrays.toString(type.getEnumConstants()), '"' + text + '"');
    }

    private static InvalidArgumentException refusal(String key, String limit, String value) {
        return new InvalidArgumentException(ErrorDetail.invalid(key, limit, value));
    }
}
