package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import io.varlen.attention.DeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The forms of attention of one device: the first one that there is no reason against computes a call. */
final class AttentionForms {
    /** The name of the form that computes every call. */
    static final String PLAIN = "plain";

    private static final Logger LOG = LoggerFactory.getLogger(AttentionForms.class);

    private final List<AttentionForm> forms;
    private final DeviceProperties device;
    private final SelfCheck check;

    /** What has been checked, or is being checked, and why it failed. */
    private final ConcurrentHashMap<SelfCheck.Subject, Optional<String>> checked = new ConcurrentHashMap<>();

    /** All that there are, the fastest first, the one that computes every call last. */
    static List<AttentionForm> all(CudaSession session) {
        Launcher launcher = session.launcher();
        Sm80Attention sm80 = new Sm80Attention(launcher);
        return List.of(
                new ShortAttention(launcher, session.device().properties(), sm80), sm80, new PlainAttention(launcher));
    }

    /** @param forms the fastest first, the one that computes every call last */
    AttentionForms(List<AttentionForm> forms, DeviceProperties device, SelfCheck check) {
        this.forms = List.copyOf(forms);
        this.device = device;
        this.check = check;
    }

    /**
     * The form that computes this call; its first call of a kind comes behind a check of it.
     *
     * @throws DeviceException if none does
     */
    AttentionForm of(Attention call) {
        for (AttentionForm form : forms) {
            if (form.reasonAgainst(call, device).isEmpty() && passes(form, call)) {
                return form;
            }
        }
        throw new DeviceException(
                DeviceException.Kind.USAGE, "no kernel computes this attention call: " + reasons(call, null));
    }

    /** Which form computes this call and why none before it, in a few words. */
    String explain(Attention call) {
        AttentionForm form = of(call);
        String others = reasons(call, form);
        return form.name() + (others.isEmpty() ? "" : " (" + others + ")");
    }

    private String reasons(Attention call, AttentionForm behind) {
        List<String> reasons = new ArrayList<>();
        for (AttentionForm form : forms) {
            if (form == behind) {
                break;
            }
            reasons.add("not " + form.name() + ": "
                    + form.reasonAgainst(call, device).orElse("it failed its check here"));
        }
        return String.join("; ", reasons);
    }

    private boolean passes(AttentionForm form, Attention call) {
        SelfCheck.Subject subject = SelfCheck.Subject.of(form, call);
        Optional<String> failure = checked.get(subject);
        if (failure == null) {
            failure = checked.computeIfAbsent(subject, some -> run(form, some));
        }
        return failure.isEmpty();
    }

    private Optional<String> run(AttentionForm form, SelfCheck.Subject subject) {
        Optional<String> failure = check.run(form, subject);
        failure.ifPresent(why -> {
            LOG.warn(
                    "attention form {} is not used for heads of {} elements in {} on {} ({}): {}",
                    form.name(),
                    subject.headDim(),
                    subject.element(),
                    device.name(),
                    device.architecture(),
                    why);
        });
        return failure;
    }
}
