//! Passkeys of our own making: each right one is taken, each with one thing changed is not.

use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

use super::*;

fn party() -> Party {
    Party::of("https://watch.example.org").unwrap()
}

/// A device with one key.
enum Device {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Device {
    fn both() -> [Self; 2] {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random);
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let ed = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref());
        [Self::Ec(ec.unwrap()), Self::Ed(ed.unwrap())]
    }

    fn cose(&self) -> Vec<u8> {
        match self {
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (&point[1..33], &point[33..]);
                // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
                let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
                [&head[..], x, &[0x22, 0x58, 0x20], y].concat()
            }
            Self::Ed(pair) => {
                // {1: 1, 3: -8, -1: 6, -2: x}
                let head = [0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
                [&head[..], pair.public_key().as_ref()].concat()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ec(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

fn client(what: &str, challenge: &str, origin: &str) -> Vec<u8> {
    format!(
        r#"{{"type":"{what}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#
    )
    .into_bytes()
}

fn data(id: &str, flags: u8, counter: u32) -> Vec<u8> {
    [digest(&SHA256, id.as_bytes()).as_ref(), &[flags], &counter.to_be_bytes()].concat()
}

fn attestation(data: &[u8]) -> Vec<u8> {
    // {"fmt": "none", "attStmt": {}, "authData": data}
    let length = u8::try_from(data.len()).unwrap();
    [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58", &[length][..], data].concat()
}

fn with_key(device: &Device, flags: u8) -> Vec<u8> {
    [&data("watch.example.org", flags, 0), &[0; 16][..], &[0, 3], b"abc", &device.cose()].concat()
}

const HERE: &str = "https://watch.example.org";
const ALL: u8 = PRESENT | VERIFIED;

#[test]
fn one_is_made() {
    for device in Device::both() {
        let good = client("webauthn.create", "Y2g", HERE);
        let object = attestation(&with_key(&device, ALL | WITH_KEY));
        let taken = made(&party(), &good, &object, |challenge| challenge == "Y2g").unwrap();
        assert_eq!(taken, Made { id: b"abc".to_vec(), key: device.cose(), counter: 0 });

        let try_with = |client: &[u8], object: &[u8]| {
            made(&party(), client, object, |challenge| challenge == "Y2g").unwrap_err()
        };
        let of = |what, challenge, origin| try_with(&client(what, challenge, origin), &object);
        assert_eq!(of("webauthn.get", "Y2g", HERE), Refused::Asked);
        assert_eq!(of("webauthn.create", "other", HERE), Refused::Asked);
        assert_eq!(of("webauthn.create", "Y2g", "https://evil.example"), Refused::Elsewhere);
        assert_eq!(of("webauthn.create", "Y2g", "http://watch.example.org"), Refused::Elsewhere);
        assert_eq!(try_with(b"{}", &object), Refused::Unread);
        let unverified = attestation(&with_key(&device, PRESENT | WITH_KEY));
        assert_eq!(try_with(&good, &unverified), Refused::Unverified);
        let keyless = attestation(&with_key(&device, ALL));
        assert_eq!(try_with(&good, &keyless), Refused::Unread);
        for end in 0..object.len() {
            try_with(&good, &object[..end]);
        }
        let framed = String::from_utf8(good.clone()).unwrap().replace("false", "true");
        assert_eq!(try_with(framed.as_bytes(), &object), Refused::Elsewhere);
    }
    // A key of another kind: {1: 2, 3: -35}.
    let weak =
        [&data("watch.example.org", ALL | WITH_KEY, 0), &[0; 16][..], &[0, 1], b"a"].concat();
    let weak = attestation(&[&weak[..], &[0xa2, 0x01, 0x02, 0x03, 0x38, 0x22]].concat());
    let good = client("webauthn.create", "Y2g", HERE);
    assert_eq!(made(&party(), &good, &weak, |_| true), Err(Refused::Unknown));
}

#[test]
fn one_is_used() {
    for device in Device::both() {
        let key = device.cose();
        let use_it = |client: &[u8], data: &[u8], counter: u32, tamper: fn(&mut Vec<u8>)| {
            let signed = [data, digest(&SHA256, client).as_ref()].concat();
            let mut signature = device.sign(&signed);
            tamper(&mut signature);
            let shown = Shown { client, authenticator: data, signature: &signature };
            used(&party(), shown, &key, counter, |challenge| challenge == "Y2g")
        };
        let (good, data_of) = (client("webauthn.get", "Y2g", HERE), |flags, counter| {
            data("watch.example.org", flags, counter)
        });
        let leave: fn(&mut Vec<u8>) = |_| ();
        assert_eq!(use_it(&good, &data_of(ALL, 8), 7, leave), Ok(8));
        // Those of phones do not count.
        assert_eq!(use_it(&good, &data_of(ALL, 0), 0, leave), Ok(0));
        for counter in [7, 6, 0] {
            assert_eq!(use_it(&good, &data_of(ALL, counter), 7, leave), Err(Refused::Copy));
        }
        assert_eq!(use_it(&good, &data_of(PRESENT, 8), 7, leave), Err(Refused::Unverified));
        assert_eq!(use_it(&good, &data_of(VERIFIED, 8), 7, leave), Err(Refused::Unverified));
        let elsewhere = data("evil.example", ALL, 8);
        assert_eq!(use_it(&good, &elsewhere, 7, leave), Err(Refused::Elsewhere));
        for (what, challenge, origin, why) in [
            ("webauthn.create", "Y2g", HERE, Refused::Asked),
            ("webauthn.get", "old", HERE, Refused::Asked),
            ("webauthn.get", "Y2g", "https://evil.example", Refused::Elsewhere),
            ("webauthn.get", "Y2g", "https://watch.example.org:8443", Refused::Elsewhere),
        ] {
            let client = client(what, challenge, origin);
            assert_eq!(use_it(&client, &data_of(ALL, 8), 7, leave), Err(why));
        }
        let broken: fn(&mut Vec<u8>) = |signature| *signature.last_mut().unwrap() ^= 1;
        assert_eq!(use_it(&good, &data_of(ALL, 8), 7, broken), Err(Refused::Signature));
        let none: fn(&mut Vec<u8>) = Vec::clear;
        assert_eq!(use_it(&good, &data_of(ALL, 8), 7, none), Err(Refused::Signature));
        // What was signed is not what is shown.
        let data = data_of(ALL, 8);
        let signature = device.sign(&[&data[..], digest(&SHA256, &good).as_ref()].concat());
        let more = data_of(ALL, 9);
        let shown = Shown { client: &good, authenticator: &more, signature: &signature };
        assert_eq!(used(&party(), shown, &key, 7, |_| true), Err(Refused::Signature));
    }
    let [one, other] = [Device::both(), Device::both()].map(|[device, _]| device);
    let (good, data) = (client("webauthn.get", "Y2g", HERE), data("watch.example.org", ALL, 1));
    let signature = one.sign(&[&data[..], digest(&SHA256, &good).as_ref()].concat());
    let shown = Shown { client: &good, authenticator: &data, signature: &signature };
    assert_eq!(used(&party(), shown, &other.cose(), 0, |_| true), Err(Refused::Signature));
    assert_eq!(used(&party(), shown, &[], 0, |_| true), Err(Refused::Unknown));
}

#[test]
fn for_whom() {
    for (origin, id) in [
        ("https://Watch.example.org", Some("watch.example.org")),
        ("https://watch.example.org:8443/watch", Some("watch.example.org")),
        ("http://localhost:8466", Some("localhost")),
        ("http://watch.example.org", None),
        ("https://192.0.2.1", None),
        ("https://[2001:db8::1]:443", None),
        ("https://", None),
    ] {
        assert_eq!(Party::of(origin).map(|party| party.id).as_deref(), id, "{origin}");
    }
    let party = Party::of("https://Watch.example.org:8443/watch").unwrap();
    assert_eq!(party.origin, "https://watch.example.org:8443");
}

/// A key of RSA that openssl made, and its signature over `nightkeep`.
const MODULUS: &str = "mEOFj6-QcDj-wfAg4RlnX3PG0Y238DMp59eIhxqGvnC-tJqhsRV1P1dDbqUuZESds8hjuOeNa9h1m3eGDQzNw\
     1yMJAwC6u-t9M_P_I0Jzz8Cv5CyJAa-v-jO_LB7HcIj_XyDngR0eBZN1bwApUGSYnUOiK9R47NOFax-NM8Cwg\
     qIpz5wtP9N8nt3PaiLU3oLpCgSpM68q-0gzZogehDJK4QF_n3ctgRn7_05rsghGxJu8UHwp8AJhP6Vsb1kEt7\
     Jv7WF8LP-8Qm5whb1kM0ueSFCLctDo2FNZF65ASAuM5LLtCLA_ZCUGxO7GjcIcst2QjEID9HnNapEuCOMB9cG\
     Yw";
const SIGNATURE: &str = "OyKBoatFOm4JdHLOvaokcwH0pMddXkC_Z4sz3bxrxv8BYmsI51rWEBl7d0gj73zbTS97XWysPE12y4QXm2cJ9\
     1bMGmNinPCY_gcbuS0ojWT6CDdFXGRyifePd0weE9YFvFozGMQVVc1lg1G9MDgokR4oZYmUnVE41CbVmqWi0W\
     8Dh0S8DcYBS-WYXfT1Jyi_Uvj6iq_LBS49ceNYM0V0_dq_L5pBPPM-504C3-ywwznW_PSIc6Hb-gdUbxmwx5h\
     TU0C2uoz5WN8OBxtBfGhOY3pbJ2CpK8R7d2JOY_XGq7dPLrxdH-6YUVQNwLG3DRugiRRqfg-yTq-0e0zenyIG\
     vQ";

#[test]
fn rsa() {
    let [n, signature] = [MODULUS, SIGNATURE].map(|text| super::super::read(text).unwrap());
    // {1: 3, 3: -257, -1: n, -2: 65537}
    let head = [0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x59, 0x01, 0x00];
    let cose = [&head[..], &n, &[0x21, 0x43, 0x01, 0x00, 0x01]].concat();
    let (value, _) = Value::read(&cose).unwrap();
    let key = Key::of(&value).unwrap();
    assert!(key.signed(b"nightkeep", &signature));
    assert!(!key.signed(b"nightkeeq", &signature) && !key.signed(b"nightkeep", &signature[1..]));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        data in prop::collection::vec(any::<u8>(), 0..300),
        key in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let good = client("webauthn.create", "Y2g", HERE);
        let flagged = with_flags(&data);
        for data in [&data, &flagged, &attestation(&flagged[..flagged.len().min(255)])] {
            prop_assert!(made(&party(), &good, data, |_| true).is_err());
            let shown = Shown { client: &good, authenticator: data, signature: &key };
            prop_assert!(used(&party(), shown, &key, 0, |_| true).is_err());
        }
    }
}

/// The same, as if it came from a device that verified its owner.
fn with_flags(rest: &[u8]) -> Vec<u8> {
    [&data("watch.example.org", ALL | WITH_KEY, 1)[..], rest].concat()
}
