package io.gavel.client.internal.view;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.InvalidArgumentException;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
final class RecordBinder<T extends Record> {
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d+)(ms|s|m|h|d)");

    private final Class<T> type;

    RecordBinder(Class<T> type) {
        this.type = type;
    }

    /** The record; throws {@link InvalidArgumentException} naming the key that does not convert. */
    T bind(Map<String, String> entries) {
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
        try {
            if (type == String.class) {
                return text;
            } else if (type == int.class || type == Integer.class) {
                return Integer.valueOf(text);
            } else if (type == long.class || type == Long.class) {
                return Long.valueOf(text);
            } else if (type == double.class || type == Double.class) {
                return Double.valueOf(text);
            } else if (type == float.class || type == Float.class) {
                return Float.valueOf(text);
            } else if (type == short.class || type == Short.class) {
                return Short.valueOf(text);
            } else if (type == byte.class || type == Byte.class) {
                return Byte.valueOf(text);
            } else if (type == BigDecimal.class) {
                return new BigDecimal(text);
            } else if (type == boolean.class || type == Boolean.class) {
                return bool(key, text);
            } else if (type == Duration.class) {
                return duration(key, text);
            } else if (type.isEnum()) {
                return constant(type, key, text);
            }
        } catch (NumberFormatException e) {
            throw refusal(key, "a number that fits " + type.getSimpleName(), '"' + text + '"');
        }
        throw new IllegalArgumentException("a configuration record cannot have a component of type " + type);
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
