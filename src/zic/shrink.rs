//! Leaving out transitions that tell nothing.

use super::{
    footer::Footer,
    form::Form,
    timeline::{Timeline, Transition},
};

/// A timeline whose transitions are those that a file holds.
///
/// `footer` is what governs after them, which the slim form leaves to it as soon as it can.
pub(super) fn shrink(timeline: &mut Timeline, footer: Option<&Footer>, form: Form) {
    let handover = footer.and_then(|footer| match form {
        Form::Slim => Handover::cut(timeline, footer),
        Form::Fat => Handover::at_the_end(timeline, footer),
    });
    merge(timeline, handover.as_ref());
}

/// The first transition of the time that the footer governs. It stays, so that the two can be seen to agree.
struct Handover {
    at: i64,
    /// It stays even if it changes nothing.
    must_stay: bool,
}

impl Handover {
    fn cut(timeline: &mut Timeline, footer: &Footer) -> Option<Self> {
        let last = timeline.last_explicit;
        let is_governed =
            |transition: &&Transition| last.is_none_or(|last| last.at < transition.at);
        let first_governed = timeline
            .transitions
            .iter()
            .find(is_governed)
            .copied()
            .or(last)?;
        timeline
            .transitions
            .retain(|transition| transition.at <= first_governed.at);
        Some(Self {
            at: first_governed.at,
            must_stay: footer.has_rules() || last.is_none_or(|last| last.to != first_governed.to),
        })
    }

    /// RFC 9636 section 3.3: the footer must agree with the last transition. It need not with the one before, as when
    /// Ramadan of 2037 ends Morocco's summer before the rule does.
    fn at_the_end(timeline: &Timeline, footer: &Footer) -> Option<Self> {
        timeline.transitions.last().map(|last| Self {
            at: last.at,
            must_stay: footer.has_rules(),
        })
    }
}

/// Joins transitions of which only one can be seen on a clock.
fn merge(timeline: &mut Timeline, handover: Option<&Handover>) {
    let mut kept: Vec<Transition> = Vec::new();
    for transition in std::mem::take(&mut timeline.transitions) {
        let mut transition = transition;
        if is_overtaken(timeline, &kept, transition)
            && let Some(unseen) = kept.pop()
        {
            transition.at = unseen.at;
        }
        let must_stay =
            handover.is_some_and(|handover| handover.must_stay && handover.at == transition.at);
        let changes = kept
            .last()
            .is_none_or(|previous| !timeline.look_alike(previous.to, transition.to));
        if changes || must_stay {
            kept.push(transition);
        }
    }
    timeline.transitions = kept;
}

/// Whether the clock shows the same or an earlier time at `transition` than at the one before: then the type before it
/// was never seen.
fn is_overtaken(timeline: &Timeline, kept: &[Transition], transition: Transition) -> bool {
    let Some(previous) = kept.last() else {
        return false;
    };
    let before_previous = match kept {
        [.., before, _] => before.to,
        _ => timeline.initial,
    };
    transition.at + timeline.offset(previous.to) <= previous.at + timeline.offset(before_previous)
}
