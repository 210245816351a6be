//! Ed25519 keys and signed notes, in the formats that transparency logs share (C2SP signed-note): text, an empty line,
//! and one line a signature. Other tools can check ours, and sign beside us as witnesses.

use std::fmt;

use base64ct::{Base64, Encoding};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::hash;

/// Bytes of the secret from which a key is made.
pub const SEED_BYTES: usize = 32;
/// Most bytes of a key's name.
pub const NAME_MAX_BYTES: usize = 100;
/// Most bytes of a signed note.
pub const NOTE_MAX_BYTES: usize = 16 * 1024;
/// Most signatures of a note that are looked at.
pub const SIGNATURES_MAX: usize = 32;

/// The registered number of plain Ed25519.
const ED25519: u8 = 1;
const ID_BYTES: usize = 4;
const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Why a key or a note is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteError {
    /// The name is empty, too long, or has white space or a plus in it.
    Name,
    /// The key's text is not of its form.
    Key,
    /// The note is too long or not of its form.
    Form,
    /// No signature is by a key that is trusted.
    Unsigned,
    /// A signature that claims to be by a trusted key is not.
    Signature,
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "the key's name is empty, too long, or has white space or a plus in it",
            Self::Key => "the key is not of its form",
            Self::Form => "the signed note is not of its form",
            Self::Unsigned => "the note is signed by no trusted key",
            Self::Signature => "a signature of the note is wrong",
        })
    }
}

impl std::error::Error for NoteError {}

/// Who may be believed: a name and the public half of a key. Its text is `name+id+base64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    id: [u8; ID_BYTES],
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads a key's text.
    ///
    /// # Errors
    /// [`NoteError::Name`], [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, id, bytes) = parse_key(text)?;
        let key = Self::new(name, VerifyingKey::from_bytes(&bytes).map_err(|_| NoteError::Key)?)?;
        if key.id == id { Ok(key) } else { Err(NoteError::Key) }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), id: id_of(name, &key), key })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, &self.name, self.id, self.key.as_bytes())
    }
}

/// A key that signs. Its text, which must stay secret, is `PRIVATE+KEY+name+id+base64`.
#[derive(Clone)]
pub struct PrivateKey {
    key: SigningKey,
    public: PublicKey,
}

impl PrivateKey {
    /// Makes a key of random bytes.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn from_seed(name: &str, seed: &[u8; SEED_BYTES]) -> Result<Self, NoteError> {
        let key = SigningKey::from_bytes(seed);
        let public = PublicKey::new(name, key.verifying_key())?;
        Ok(Self { key, public })
    }

    /// Reads a key's text.
    ///
    /// # Errors
    /// [`NoteError::Name`], [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, id, seed) = parse_key(text.strip_prefix(PRIVATE_PREFIX).ok_or(NoteError::Key)?)?;
        let key = Self::from_seed(name, &seed)?;
        if key.public.id == id { Ok(key) } else { Err(NoteError::Key) }
    }

    /// Returns the half that anybody may know.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Writes the secret text.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        struct Secret<'a>(&'a PrivateKey);
        impl fmt::Display for Secret<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(PRIVATE_PREFIX)?;
                write_key(f, &self.0.public.name, self.0.public.id, self.0.key.as_bytes())
            }
        }
        Secret(self).to_string()
    }

    /// Signs a text, which must end with a newline and hold no empty line.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        debug_assert!(text.ends_with('\n') && !text.contains("\n\n"), "Invariant: the text is a note's");
        let signature = self.key.sign(text.as_bytes());
        let encoded = Base64::encode_string(&[&self.public.id[..], &signature.to_bytes()].concat());
        format!("{text}\n{SIGNATURE_PREFIX}{} {encoded}\n", self.public.name)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public)
    }
}

/// Checks a note and returns its text and the key that signed it. Signatures of unknown keys are ignored.
///
/// # Errors
/// [`NoteError::Form`], [`NoteError::Unsigned`], [`NoteError::Signature`].
pub fn open<'a, 'k>(note: &'a str, trusted: &'k [PublicKey]) -> Result<(&'a str, &'k PublicKey), NoteError> {
    if note.len() > NOTE_MAX_BYTES {
        return Err(NoteError::Form);
    }
    let (text, signatures) = note.rfind("\n\n").map(|at| note.split_at(at + 1)).ok_or(NoteError::Form)?;
    let lines = signatures[1..].strip_suffix('\n').ok_or(NoteError::Form)?;
    let mut signer = None;
    for line in lines.split('\n').take(SIGNATURES_MAX) {
        let (name, id, signature) = parse_signature(line)?;
        let Some(key) = trusted.iter().find(|key| key.name == name && key.id == id) else { continue };
        let signature = Signature::from_slice(&signature).map_err(|_| NoteError::Signature)?;
        key.key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteError::Signature)?;
        signer = signer.or(Some(key));
    }
    signer.map(|key| (text, key)).ok_or(NoteError::Unsigned)
}

fn parse_signature(line: &str) -> Result<(&str, [u8; ID_BYTES], Vec<u8>), NoteError> {
    let (name, encoded) =
        line.strip_prefix(SIGNATURE_PREFIX).and_then(|rest| rest.split_once(' ')).ok_or(NoteError::Form)?;
    check_name(name).map_err(|_| NoteError::Form)?;
    let bytes = Base64::decode_vec(encoded).map_err(|_| NoteError::Form)?;
    let (id, signature) = bytes.split_first_chunk::<ID_BYTES>().ok_or(NoteError::Form)?;
    Ok((name, *id, signature.to_vec()))
}

/// Takes `name+id+base64(algorithm, 32 bytes)` apart.
fn parse_key(text: &str) -> Result<(&str, [u8; ID_BYTES], [u8; 32]), NoteError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteError::Key);
    };
    let id = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 2 * ID_BYTES).ok_or(NoteError::Key)?;
    let bytes = Base64::decode_vec(encoded).map_err(|_| NoteError::Key)?;
    let [ED25519, key @ ..] = bytes.as_slice() else { return Err(NoteError::Key) };
    Ok((name, id.to_be_bytes(), key.try_into().map_err(|_| NoteError::Key)?))
}

fn write_key(f: &mut fmt::Formatter<'_>, name: &str, id: [u8; ID_BYTES], key: &[u8; 32]) -> fmt::Result {
    let encoded = Base64::encode_string(&[&[ED25519], &key[..]].concat());
    write!(f, "{name}+{:08x}+{encoded}", u32::from_be_bytes(id))
}

fn id_of(name: &str, key: &VerifyingKey) -> [u8; ID_BYTES] {
    let digest = hash::plain([name.as_bytes(), b"\n", &[ED25519], key.as_bytes()]).0;
    [digest[0], digest[1], digest[2], digest[3]]
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let is_fit =
        !name.is_empty() && name.len() <= NAME_MAX_BYTES && !name.contains(|c: char| c.is_whitespace() || c == '+');
    if is_fit { Ok(()) } else { Err(NoteError::Name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the notes' own documentation (golang.org/x/mod/sumdb/note).
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn another_implementations_note_is_opened_and_signed_alike() {
        let secret = PrivateKey::parse(PETER_SECRET).unwrap();
        assert_eq!(secret.public().to_string(), PETER);
        assert_eq!(secret.to_secret_text(), PETER_SECRET);
        let trusted = [PublicKey::parse(PETER).unwrap()];
        let (text, key) = open(NOTE, &trusted).unwrap();
        assert_eq!(key.name(), "PeterNeumann");
        assert_eq!(secret.sign(text), NOTE);
    }

    #[test]
    fn what_is_not_signed_by_a_trusted_key_is_refused() {
        let other = PrivateKey::from_seed("PeterNeumann", &[7; SEED_BYTES]).unwrap();
        assert_eq!(open(NOTE, &[]), Err(NoteError::Unsigned));
        assert_eq!(open(NOTE, std::slice::from_ref(other.public())), Err(NoteError::Unsigned));
        let trusted = [PublicKey::parse(PETER).unwrap()];
        assert_eq!(open(&NOTE.replace("think", "thank"), &trusted), Err(NoteError::Signature));
        assert_eq!(open("no signature\n", &trusted), Err(NoteError::Form));
        assert_eq!(open(&NOTE.replace("PeterNeumann ", "PeterNeumann"), &trusted), Err(NoteError::Form));
        assert_eq!(open(&"x".repeat(NOTE_MAX_BYTES + 1), &trusted), Err(NoteError::Form));
    }

    #[test]
    fn a_key_is_read_only_in_its_one_form() {
        assert_eq!(PublicKey::parse(&PETER.replace("c74f", "c74e")), Err(NoteError::Key));
        assert_eq!(PublicKey::parse(&PETER.replace("c74f", "+c74")), Err(NoteError::Key));
        assert_eq!(PublicKey::parse("PeterNeumann"), Err(NoteError::Key));
        assert!(PrivateKey::parse(PETER).is_err());
        for name in ["", "a b", "a+b", "a\n", &"x".repeat(NAME_MAX_BYTES + 1)] {
            assert_eq!(PrivateKey::from_seed(name, &[0; SEED_BYTES]).err(), Some(NoteError::Name));
        }
    }

    #[test]
    fn debug_output_keeps_the_secret() {
        let secret = PrivateKey::parse(PETER_SECRET).unwrap();
        assert!(!format!("{secret:?}").contains("AYEKFALV"));
    }
}
