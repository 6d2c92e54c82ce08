//! Key wrap: ciphers for short values that show a change by themselves.

use aes_kw::{AesKw, AesKwp};
use cbc::Decryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{
    BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit,
    common::InnerInit,
    consts::{U8, U16},
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of the check value in front of a wrapped value, and of the pieces it is wrapped in.
const PIECE: usize = 8;

/// AES key wrap of RFC 3394, or with the padding of RFC 5649: their check values tell them apart.
pub(super) fn unwrap_aes<C>(key: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt<BlockSize = U16> + KeyInit + Clone,
{
    let cipher = C::new_from_slice(key).ok()?;
    let length = data.len().checked_sub(PIECE).filter(|length| *length > 0)?;
    let mut plain = Zeroizing::new(vec![0; length]);
    let is_whole = AesKw::inner_init(cipher.clone()).unwrap_key(data, &mut plain).is_ok();
    if !is_whole {
        let length = AesKwp::inner_init(cipher).unwrap_key(data, &mut plain).ok()?.len();
        plain.truncate(length);
    }
    Some(plain)
}

/// The 3DES key wrap of RFC 3217, for values of any whole number of blocks.
pub(super) fn unwrap_triple_des<C>(key: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt<BlockSize = U8> + KeyInit,
    Decryptor<C>: KeyIvInit + BlockModeDecrypt,
{
    /// What its outer layer starts from.
    const OUTER_START: [u8; PIECE] = [0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05];
    let mut inner = decrypt_blocks::<C>(key, &OUTER_START, data)?;
    inner.reverse();
    let (start, blocks) = inner.split_at_checked(PIECE)?;
    let mut plain = decrypt_blocks::<C>(key, start, blocks)?;
    let length = plain.len().checked_sub(PIECE).filter(|length| *length > 0)?;
    let expected = digest(&SHA1_FOR_LEGACY_USE_ONLY, &plain[..length]);
    let is_whole = bool::from(plain[length..].ct_eq(&expected.as_ref()[..PIECE]));
    plain.truncate(length);
    is_whole.then_some(plain)
}

fn decrypt_blocks<C>(key: &[u8], start: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt<BlockSize = U8>,
    Decryptor<C>: KeyIvInit + BlockModeDecrypt,
{
    let mut plain = Zeroizing::new(data.to_vec());
    Decryptor::<C>::new_from_slices(key, start).ok()?.decrypt_padded::<NoPadding>(&mut plain).ok()?;
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypt::hex;
    use aes::{Aes128, Aes192, Aes256};
    use des::TdesEde3;

    type Unwrap = fn(&[u8], &[u8]) -> Option<Zeroizing<Vec<u8>>>;
    /// How to unwrap, with which key, what, and what comes out.
    const FIGURES: [(Unwrap, &str, &str, &str); 7] = [
        // RFC 3394, 4.1, 4.2, 4.3 and 4.6.
        (
            unwrap_aes::<Aes128>,
            "000102030405060708090a0b0c0d0e0f",
            "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
            "00112233445566778899aabbccddeeff",
        ),
        (
            unwrap_aes::<Aes192>,
            "000102030405060708090a0b0c0d0e0f1011121314151617",
            "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d",
            "00112233445566778899aabbccddeeff",
        ),
        (
            unwrap_aes::<Aes256>,
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7",
            "00112233445566778899aabbccddeeff",
        ),
        (
            unwrap_aes::<Aes256>,
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
            "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
        ),
        // RFC 5649, 6.
        (
            unwrap_aes::<Aes192>,
            "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
            "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
            "c37b7e6492584340bed12207808941155068f738",
        ),
        (
            unwrap_aes::<Aes192>,
            "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
            "afbeb0f07dfbf5419200f2ccb50bb24f",
            "466f7250617369",
        ),
        // RFC 3217, 3.4.
        (
            unwrap_triple_des::<TdesEde3>,
            "255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f",
            "690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4",
            "2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98",
        ),
    ];

    #[test]
    fn values_unwrap_as_published() {
        for (unwrap, key, data, expected) in FIGURES {
            assert_eq!(*unwrap(&hex(key), &hex(data)).unwrap(), hex(expected), "{data}");
        }
    }

    #[test]
    fn a_changed_bit_a_lost_byte_and_another_key_are_seen() {
        for (unwrap, key, data, _) in FIGURES {
            let (key, data) = (hex(key), hex(data));
            for at in 0..data.len() * 8 {
                let mut changed = data.clone();
                changed[at / 8] ^= 1 << (at % 8);
                assert!(unwrap(&key, &changed).is_none(), "bit {at}");
            }
            for length in 0..data.len() {
                assert!(unwrap(&key, &data[..length]).is_none(), "{length} bytes");
            }
            assert!(unwrap(&vec![1; key.len()], &data).is_none());
            assert!(unwrap(&key[1..], &data).is_none());
        }
    }
}
