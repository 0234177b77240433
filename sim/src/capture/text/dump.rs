//! One line of a dump: an offset, octets in groups, and perhaps the same as characters.

use super::super::error::HexError;
use super::line::{Line, bare, without_comments};
use super::offset::Offset;

/// A line of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dump {
    pub(super) offset: Offset,
    pub(super) octets: Vec<u8>,
    /// The same with each group's octets in the other order.
    pub(super) reversed: Vec<u8>,
    /// Whether the characters beside the octets are those of the other order.
    pub(super) is_reversed: bool,
    /// Whether something else behind the octets may have been taken for some.
    pub(super) may_be_shorter: bool,
    /// What the line is if the offset makes no sense: octets alone, in groups of several sizes.
    pub(super) otherwise: Result<Vec<u8>, HexError>,
}

/// Whether a line can be one of a dump, and if so, what it is.
pub(super) fn read(text: &str) -> Option<Line> {
    let (token, rest) = text.trim_start().split_once(char::is_whitespace)?;
    let offset = Offset::parse(token)?;
    let size = rest.trim_start().chars().take_while(char::is_ascii_hexdigit).count();
    // hexdump and od without options begin so.
    let is_od = !offset.has_colon && !offset.is_prefixed && offset.digits == 7 && offset.hexadecimal() == 0;
    let is_one = match (offset.has_colon, offset.is_prefixed, size) {
        // tcpdump, xxd: a group may be as long as the line, and the last one is as long as what is left.
        (true, _, 2..) => size.is_multiple_of(2),
        // Wireshark, hexdump -C, od -t x1, ESP-IDF's dumps.
        (false, _, 2) => true,
        // hexdump, od -x: words, least significant octet first.
        (false, false, 4) => offset.digits >= 7,
        _ => false,
    };
    if !is_one {
        let has_more = !rest.trim().is_empty();
        return (is_od && has_more).then_some(Line::Text(HexError::OtherWords));
    }
    let is_word = is_word(&offset, size);
    let (groups, behind) = match groups(rest, size, &offset) {
        Ok(groups) => groups,
        // Octets in groups of several sizes, of which the first looks like an offset.
        Err(_) if !offset.has_colon => return None,
        Err(reason) => return Some(Line::Text(reason)),
    };
    let mut octets = Vec::new();
    let mut reversed = Vec::new();
    for group in &groups {
        octets.extend(group);
        reversed.extend(group.iter().rev());
    }
    let characters = behind.trim();
    if offset.has_colon && are_bits(rest, &groups, characters) {
        return Some(Line::Text(HexError::Bits));
    }
    // od -d writes words in decimal digits. Behind hexadecimal ones there is nothing, but what od -z puts there.
    if is_word && !(characters.is_empty() || characters.starts_with('>')) {
        return Some(Line::Text(HexError::OtherWords));
    }
    if is_word {
        std::mem::swap(&mut octets, &mut reversed);
    }
    let is_reversed = offset.has_colon && !shows(characters, &octets) && shows(characters, &reversed);
    let otherwise = bare(without_comments(text).trim());
    Some(Line::Dump(Dump {
        offset,
        octets,
        reversed,
        is_reversed,
        may_be_shorter: size == 2 || is_word,
        otherwise,
    }))
}

/// Whether groups of so many digits are words with the least significant octet first.
const fn is_word(offset: &Offset, size: usize) -> bool {
    !offset.has_colon && size == 4
}

/// The groups of `size` digits, up to the column of characters, and what comes behind them. It is an error if that is neither a group nor a
/// column.
fn groups<'a>(text: &'a str, size: usize, offset: &Offset) -> Result<(Vec<Vec<u8>>, &'a str), HexError> {
    let is_word = is_word(offset, size);
    let mut groups: Vec<Vec<u8>> = Vec::new();
    let mut rest = text;
    loop {
        let token = rest.trim_start();
        let gap: usize = rest[..rest.len() - token.len()]
            .chars()
            .map(|space| if space == '\t' { 8 } else { 1 })
            .sum();
        let end = token.find(char::is_whitespace).unwrap_or(token.len());
        let (group, after) = token.split_at(end);
        let length = group.len();
        let is_group = length > 0 && length <= size && length.is_multiple_of(2);
        // hexdump -C and tshark have a gap in the middle of a line; before characters it is as wide or wider.
        let is_middle = gap == 2 && size == 2 && !offset.has_colon && groups.len() == 8 && is_half(token);
        let is_next = groups.is_empty() || gap == 1 || is_middle || (is_word && gap == 4);
        let octets = is_group.then(|| hex::decode(group).ok()).flatten();
        if let Some(octets) = octets.filter(|_| is_next || gap + length == size + 1) {
            groups.push(octets);
            // xxd -e writes what is left at the right of its column. Characters that begin with spaces may look like that.
            if !is_next && !is_column(after, &groups) {
                groups.pop();
                return Ok((groups, rest));
            }
            rest = after;
            if length < size {
                // Only the last group is shorter.
                let next = rest.strip_prefix(' ').unwrap_or_default();
                let goes_on = next.starts_with(|c: char| c.is_ascii_hexdigit());
                return if goes_on {
                    Err(HexError::Odd)
                } else {
                    Ok((groups, rest))
                };
            }
        } else if groups.is_empty() || (gap == 1 && group.starts_with(|c: char| c.is_ascii_hexdigit())) {
            let other = group.chars().find(|c| !c.is_ascii_hexdigit());
            return Err(other.map_or(HexError::Odd, HexError::NotADigit));
        } else {
            return Ok((groups, rest));
        }
    }
}

/// Whether the characters of these groups come here, in either order, and nothing else.
fn is_column(text: &str, groups: &[Vec<u8>]) -> bool {
    let shown = |octet: u8| match octet {
        b' '..=b'~' => char::from(octet),
        _ => '.',
    };
    let straight: String = groups.iter().flatten().map(|octet| shown(*octet)).collect();
    let reversed: String = groups
        .iter()
        .flat_map(|group| group.iter().rev())
        .map(|octet| shown(*octet))
        .collect();
    // Spaces at a line's end get lost.
    [straight, reversed]
        .iter()
        .any(|characters| characters.trim() == text.trim())
}

/// Whether the second half of a line begins here: octets up to the next gap.
fn is_half(text: &str) -> bool {
    let end = text.find("  ").unwrap_or(text.len());
    let is_octet = |group: &str| group.len() == 2 && group.chars().all(|c| c.is_ascii_hexdigit());
    text[..end]
        .split(' ')
        .all(|group| is_octet(group) || group.starts_with(['|', '>']))
}

/// Whether these are the characters that tools show for these octets: `.` stands for any that has none.
fn shows(characters: &str, octets: &[u8]) -> bool {
    let is_shown = |(character, octet): (u8, &u8)| character == b'.' || character == *octet;
    characters.len() == octets.len() && characters.bytes().zip(octets).all(is_shown)
}

/// Whether the groups are octets in binary digits: all have eight, and there are not as many characters as hexadecimal ones would have.
fn are_bits(text: &str, groups: &[Vec<u8>], characters: &str) -> bool {
    let mut digits = text.split_whitespace().take(groups.len());
    let are_eight = digits.all(|group| group.len() == 8 && group.bytes().all(|digit| matches!(digit, b'0' | b'1')));
    are_eight && !groups.is_empty() && !characters.is_empty() && characters.chars().count() != 4 * groups.len()
}
