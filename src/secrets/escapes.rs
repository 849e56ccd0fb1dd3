//! Escapes: what stands for one character begins with a sign. Each reader gets what stands behind its sign, and
//! gives what that means and how many bytes belong to it.

/// An escape, by its sign.
pub type Read = fn(&[u8]) -> Option<(Unit, usize)>;

pub const ESCAPES: [(u8, Read); 4] = [(b'%', percent), (b'\\', backslash), (b'&', html), (b'\'', quote)];

/// What an escape stands for: a byte, or a character as UTF-8.
#[derive(Debug, Clone, Copy)]
pub struct Unit([u8; 4], usize);

impl Unit {
    pub fn bytes(&self) -> &[u8] {
        &self.0[..self.1]
    }

    fn byte(byte: u8) -> Self {
        Self([byte, 0, 0, 0], 1)
    }

    fn char(code: u32) -> Option<Self> {
        let mut bytes = [0; 4];
        let length = char::from_u32(code)?.encode_utf8(&mut bytes).len();
        Some(Self(bytes, length))
    }
}

/// `%2F`. The `+` of forms is left to whoever searches: it may be a `+`.
fn percent(rest: &[u8]) -> Option<(Unit, usize)> {
    Some((Unit::byte(number(rest.get(..2)?, 16)? as u8), 2))
}

/// `\u0026`, `\"`, `\x26`, `\046`, `\&`: as JSON, YAML, shells and git write.
fn backslash(rest: &[u8]) -> Option<(Unit, usize)> {
    match *rest.first()? {
        b'u' | b'U' => unicode(rest),
        b'x' | b'X' => Some((Unit::byte(number(rest.get(1..3)?, 16)? as u8), 3)),
        b'0'..=b'3' => Some((Unit::byte(number(rest.get(..3)?, 8)? as u8), 3)),
        b'n' | b'N' => Some((Unit::byte(b'\n'), 1)),
        b'r' | b'R' => Some((Unit::byte(b'\r'), 1)),
        b't' | b'T' => Some((Unit::byte(b'\t'), 1)),
        b'b' | b'B' => Some((Unit::byte(8), 1)),
        b'f' | b'F' => Some((Unit::byte(12), 1)),
        other if other == b' ' || other.is_ascii_punctuation() => Some((Unit::byte(other), 1)),
        _ => None,
    }
}

/// `''` and `'\''`: an apostrophe between apostrophes, as YAML and shells write it.
fn quote(rest: &[u8]) -> Option<(Unit, usize)> {
    let behind = [&b"'"[..], b"\\''"].into_iter().find(|behind| rest.starts_with(behind))?;
    Some((Unit::byte(b'\''), behind.len()))
}

/// `u0026`, a pair of them for what is beyond, and YAML's `U00000026`.
fn unicode(rest: &[u8]) -> Option<(Unit, usize)> {
    let long = rest.get(1..9).filter(|_| rest[0] == b'U').and_then(|digits| number(digits, 16));
    if let Some(unit) = long.and_then(Unit::char) {
        return Some((unit, 9));
    }
    let first = number(rest.get(1..5)?, 16)?;
    if !(0xD800..0xDC00).contains(&first) {
        return Some((Unit::char(first)?, 5));
    }
    let second = rest.get(5..7).filter(|sign| sign.eq_ignore_ascii_case(b"\\u"));
    let second = second.and_then(|_| number(rest.get(7..11)?, 16))?.checked_sub(0xDC00)?;
    Some((Unit::char(0x10000 + ((first - 0xD800) << 10) + second)?, 11))
}

/// `&amp;`, `&#38;`, `&#x26;`
fn html(rest: &[u8]) -> Option<(Unit, usize)> {
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let name = rest[..end].to_ascii_lowercase();
    let unit = match &name[..] {
        [b'#', b'x', digits @ ..] => Unit::char(number(digits, 16)?)?,
        [b'#', digits @ ..] => Unit::char(number(digits, 10)?)?,
        name => Unit::byte(NAMED.iter().find(|(known, _)| known.as_bytes() == name)?.1),
    };
    Some((unit, end + 1))
}

/// The characters that programs escape by name.
const NAMED: [(&str, u8); 36] = [
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("nbsp", b' '),
    ("sol", b'/'),
    ("plus", b'+'),
    ("equals", b'='),
    ("num", b'#'),
    ("percnt", b'%'),
    ("commat", b'@'),
    ("colon", b':'),
    ("semi", b';'),
    ("excl", b'!'),
    ("dollar", b'$'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("comma", b','),
    ("period", b'.'),
    ("quest", b'?'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("hat", b'^'),
    ("lowbar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
];

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    digits.iter().try_fold(0_u32, |number, digit| {
        number.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)
    })
}
