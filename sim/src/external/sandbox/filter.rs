//! What is refused of system calls, as a program that the kernel runs before each of them.
//!
//! It is made by hand, since its length counts: the kernel translates it for every program that starts, and runs it for each number there is, to
//! know those that it need not ask about again. A chain of comparisons for each call and condition is four times as long, and took a third of a
//! millisecond a program.

use seccompiler::sock_filter;

const LOAD: u16 = code(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS);
const IF_ABOVE: u16 = code(libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K);
const IF_AT_LEAST: u16 = code(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K);
const IF_EQUAL: u16 = code(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K);
const IF_ANY_BIT: u16 = code(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K);
const JUMP: u16 = code(libc::BPF_JMP | libc::BPF_JA);
const RETURN: u16 = code(libc::BPF_RET | libc::BPF_K);

/// Where what a filter sees has the call's number, and the processor's.
const NUMBER: u32 = 0;
const PROCESSOR: u32 = 4;

/// A jump to the end of the search, whose distance is known when all is there.
const TO_THE_END: u32 = u32::MAX;

/// So many numbers are compared one by one.
const FEW: usize = 8;

/// What is refused.
#[derive(Clone, Debug)]
pub(super) struct Refusals {
    /// The processor whose calls these are; others' end the process.
    pub(super) processor: u32,
    /// Calls that are told to be unknown: those with larger numbers than this,
    pub(super) newest: i64,
    /// and this one.
    pub(super) missing: i64,
    /// Calls that are refused altogether.
    pub(super) calls: Vec<i64>,
    /// Calls that are refused if one of their conditions is met.
    pub(super) conditions: Vec<(i64, Vec<Condition>)>,
}

/// When a call is refused.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// The lower half of the argument is one of these.
    Among(u8, Vec<u32>),
    /// The lower half of the argument is none of these.
    NotAmong(u8, Vec<u32>),
    /// The argument has none of these bits.
    Without(u8, u32),
    /// The argument is anything but 0.
    Given(u8),
}

#[allow(clippy::cast_possible_truncation)]
const fn code(code: u32) -> u16 {
    code as u16
}

const fn step(code: u16, if_true: u8, if_false: u8, k: u32) -> sock_filter {
    sock_filter {
        code,
        jt: if_true,
        jf: if_false,
        k,
    }
}

const fn load(offset: u32) -> sock_filter {
    step(LOAD, 0, 0, offset)
}

const fn jump(steps: u32) -> sock_filter {
    step(JUMP, 0, 0, steps)
}

const ALLOWED: sock_filter = step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW);
const REFUSED: sock_filter = refusal(libc::EPERM);

const fn refusal(error: i32) -> sock_filter {
    step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | error.unsigned_abs())
}

fn number(call: i64) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

fn distance(steps: usize) -> u32 {
    u32::try_from(steps).unwrap_or(u32::MAX)
}

impl Refusals {
    pub(super) fn program(&self) -> Vec<sock_filter> {
        let mut program = vec![
            load(PROCESSOR),
            step(IF_EQUAL, 1, 0, self.processor),
            step(RETURN, 0, 0, libc::SECCOMP_RET_KILL_PROCESS),
            load(NUMBER),
            step(IF_ABOVE, 1, 0, number(self.newest)),
            step(IF_EQUAL, 0, 1, number(self.missing)),
            refusal(libc::ENOSYS),
        ];
        let mut sorted: Vec<_> = self.calls.iter().copied().map(number).collect();
        sorted.sort_unstable();
        sorted.dedup();
        program.extend(search(&sorted));
        let end = program.len();
        for (place, step) in program.iter_mut().enumerate() {
            if step.code == JUMP && step.k == TO_THE_END {
                step.k = distance(end - place - 1);
            }
        }
        for (call, conditions) in &self.conditions {
            let mut steps: Vec<_> = conditions.iter().flat_map(Condition::steps).collect();
            steps.push(ALLOWED);
            program.extend([step(IF_EQUAL, 1, 0, number(*call)), jump(distance(steps.len()))]);
            program.extend(steps);
        }
        program.push(ALLOWED);
        program
    }
}

impl Condition {
    /// Refuses if it is met, and else goes on behind it.
    fn steps(&self) -> Vec<sock_filter> {
        // A processor's lower half comes first on all that are known here.
        let half = |argument: u8, upper: u32| load(16 + 8 * u32::from(argument) + 4 * upper);
        match self {
            Self::Among(argument, values) => std::iter::once(half(*argument, 0))
                .chain(compared(values))
                .chain([jump(1), REFUSED])
                .collect(),
            Self::NotAmong(argument, values) => std::iter::once(half(*argument, 0))
                .chain(compared(values))
                .chain([REFUSED])
                .collect(),
            Self::Without(argument, bits) => vec![half(*argument, 0), step(IF_ANY_BIT, 1, 0, *bits), REFUSED],
            Self::Given(argument) => vec![
                half(*argument, 0),
                step(IF_EQUAL, 0, 2, 0),
                half(*argument, 1),
                step(IF_EQUAL, 1, 0, 0),
                REFUSED,
            ],
        }
    }
}

/// Whoever is equal to one of these goes on one step behind what comes right after them.
fn compared(values: &[u32]) -> impl Iterator<Item = sock_filter> {
    values.iter().enumerate().map(|(place, &value)| {
        let steps = u8::try_from(values.len() - place).unwrap_or(u8::MAX);
        step(IF_EQUAL, steps, 0, value)
    })
}

/// Looks for the number by halves; refuses it if it is there, and else goes on behind all of this.
fn search(sorted: &[u32]) -> Vec<sock_filter> {
    if sorted.len() <= FEW {
        return compared(sorted).chain([jump(TO_THE_END), REFUSED]).collect();
    }
    let (low, high) = sorted.split_at(sorted.len() / 2);
    let below = search(low);
    // Conditional jumps are short.
    let mut program = vec![step(IF_AT_LEAST, 0, 1, high[0]), jump(distance(below.len()))];
    program.extend(below);
    program.extend(search(high));
    program
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROCESSOR_HERE: u32 = 7;

    /// What a program says about a call.
    fn run(program: &[sock_filter], processor: u32, call: u32, arguments: [u64; 3]) -> u32 {
        let halves = arguments.iter().flat_map(|it| it.to_le_bytes());
        let mut octets = [call, processor, 0, 0].map(u32::to_le_bytes).concat();
        octets.extend(halves);
        let (mut place, mut value) = (0, 0_u32);
        loop {
            let it = &program[place];
            place += 1;
            let leap = |condition: bool| usize::from(if condition { it.jt } else { it.jf });
            match it.code {
                LOAD => {
                    let from = it.k as usize;
                    value = u32::from_le_bytes(octets[from..from + 4].try_into().expect("four"));
                }
                IF_ABOVE => place += leap(value > it.k),
                IF_AT_LEAST => place += leap(value >= it.k),
                IF_EQUAL => place += leap(value == it.k),
                IF_ANY_BIT => place += leap(value & it.k != 0),
                JUMP => place += it.k as usize,
                RETURN => return it.k,
                other => panic!("{other}"),
            }
        }
    }

    fn is_met(condition: &Condition, arguments: [u64; 3]) -> bool {
        let low = |argument: u8| u32::try_from(arguments[usize::from(argument)] & 0xffff_ffff).expect("a half");
        match condition {
            Condition::Among(argument, values) => values.contains(&low(*argument)),
            Condition::NotAmong(argument, values) => !values.contains(&low(*argument)),
            Condition::Without(argument, bits) => low(*argument) & bits == 0,
            Condition::Given(argument) => arguments[usize::from(*argument)] != 0,
        }
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let values = || prop::collection::vec(0_u32..6, 0..12);
        prop_oneof![
            (0_u8..3, values()).prop_map(|(argument, values)| Condition::Among(argument, values)),
            (0_u8..3, values()).prop_map(|(argument, values)| Condition::NotAmong(argument, values)),
            (0_u8..3, 1_u32..8).prop_map(|(argument, bits)| Condition::Without(argument, bits)),
            (0_u8..3).prop_map(Condition::Given),
        ]
    }

    proptest! {
        #[test]
        fn the_program_refuses_what_it_was_told_to(
            calls in prop::collection::vec(0_i64..400, 0..200),
            conditions in prop::collection::vec((400_i64..410, prop::collection::vec(condition(), 0..3)), 0..4),
            arguments in [prop_oneof![0_u64..6, Just(1 << 32)], prop_oneof![0_u64..6, Just(1 << 32)], prop_oneof![0_u64..6, Just(1 << 32)]],
        ) {
            let refusals = Refusals { processor: PROCESSOR_HERE, newest: 462, missing: 435, calls, conditions };
            let program = refusals.program();
            let error = |error: i32| libc::SECCOMP_RET_ERRNO | error.unsigned_abs();
            for call in (0..500).chain([1 << 30, u32::MAX]) {
                let conditions = refusals.conditions.iter().find(|(it, _)| *it == i64::from(call));
                let expected = match call {
                    463.. | 435 => error(libc::ENOSYS),
                    _ if refusals.calls.contains(&call.into()) => error(libc::EPERM),
                    _ if conditions.is_some_and(|(_, all)| all.iter().any(|it| is_met(it, arguments))) => error(libc::EPERM),
                    _ => libc::SECCOMP_RET_ALLOW,
                };
                prop_assert_eq!(run(&program, PROCESSOR_HERE, call, arguments), expected, "{}", call);
                prop_assert_eq!(run(&program, 8, call, arguments), libc::SECCOMP_RET_KILL_PROCESS);
            }
        }
    }
}
