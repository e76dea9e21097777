use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use plates::grammar::RawRead;
use proto::v1 as pb;

use super::*;

/// 2026-11-22T03:00:00Z
const ISSUED: i64 = 1_795_316_400;
const DAY: i64 = 86_400;

fn key(seed: u8) -> SecretKey {
    SecretKey::parse(&format!("ed25519-secret:{}", format!("{seed:02x}").repeat(32))).expect("a key")
}

fn header(version: u64) -> Header {
    Header {
        name: "stolen".to_owned(),
        kind: Kind::Watch,
        version,
        issued_unix_s: ISSUED,
        expires_unix_s: ISSUED + 30 * DAY,
        utc_offset_min: 7 * 60,
    }
}

fn signed(header: &Header, csv: &str) -> String {
    sign(header, csv, &key(1)).expect("a good table").0
}

#[test]
fn keys_sign_as_the_standard_says() {
    // RFC 8032, section 7.1, test 1.
    let text = "ed25519-secret:9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n";
    let secret = SecretKey::parse(text).expect("a key");
    assert_eq!(secret.text(), text);
    let public = secret.public().to_string();
    assert_eq!(public, "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert_eq!(PublicKey::parse(&public), Some(secret.public()));
    assert_eq!(
        secret.sign(b""),
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595\
         bbe24655141438e7a100b"
    );
    // `printf %s d75a…511a | xxd -r -p | sha256sum | cut -c 1-16`
    assert_eq!(secret.public().id(), "21fe31dfa154a261");
    assert_ne!(SecretKey::random().expect("random").text(), SecretKey::random().expect("random").text());
    for bad in ["", "ed25519-secret:", "ed25519:d75a", &text.to_uppercase()] {
        assert!(SecretKey::parse(bad).is_err() && PublicKey::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_file_says_what_it_is_in_words() {
    let text = signed(&header(12), "plate,note\n30a-123.45,stolen\n");
    let (head, table) = text.split_once("\n\n").expect("a blank line");
    assert_eq!(table, "plate,note\n30a-123.45,stolen\n");
    let lines: Vec<&str> = head.lines().collect();
    assert_eq!(
        lines[..7],
        [
            "cairn-plate-list 1",
            "name: stolen",
            "kind: watch",
            "version: 12",
            "issued: 2026-11-22T03:00:00Z",
            "expires: 2026-12-22T03:00:00Z",
            "utc-offset: +07:00",
        ]
    );
    let opened = open(text.as_bytes(), &[key(2).public(), key(1).public()]).expect("ours");
    assert_eq!((opened.header, opened.key_id), (header(12), key(1).public().id()));
    assert_eq!(opened.list.entries()[0].text, "30A12345");
}

#[test]
fn no_byte_of_a_file_can_be_changed_added_or_taken_away() {
    let text = signed(&header(12), "plate,note\n30A-123.45,stolen\n");
    let keys = [key(1).public()];
    let whole = text.as_bytes();
    open(whole, &keys).expect("ours");
    for at in 0..whole.len() {
        for changed in [whole[at] ^ 1, whole[at] ^ 0x20, b'\n'] {
            let mut bytes = whole.to_vec();
            bytes[at] = changed;
            assert!(bytes == whole || open(&bytes, &keys).is_err(), "byte {at} as {changed}");
        }
        assert!(open(&whole[..at], &keys).is_err(), "cut at {at}");
        assert!(open(&[&whole[..at], b"0", &whole[at..]].concat(), &keys).is_err(), "one more at {at}");
    }
    assert!(open(&[whole, b"30A99999,\n"].concat(), &keys).is_err());
    assert!(open(text.replace('\n', "\r\n").as_bytes(), &keys).is_err());
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let text = signed(&header(12), "plate,note\n30A-123.45,stolen\n");
    let keys = [key(1).public()];
    let told = |text: &str| open(text.as_bytes(), &keys).expect_err("bad").to_string();
    assert_eq!(told(""), "line 1: the header ends here, expected one line more");
    assert_eq!(told("plate\n30A12345\n"), "line 1: got `plate`, expected `cairn-plate-list 1`");
    let change = |from: &str, to: &str| told(&text.replacen(from, to, 1));
    assert_eq!(
        change("kind: watch", "kind: black"),
        "line 3: got `kind: black`, expected `kind: ` and `watch` or `permit`"
    );
    assert_eq!(
        change("version: 12", "version: 012"),
        "line 4: got `version: 012`, expected `version: ` and a whole number from 1"
    );
    assert_eq!(
        change("\n\n", "\nsize: 1\n"),
        "line 11: got `size: 1`, expected a blank line before the table"
    );
    let id = key(1).public().id();
    assert_eq!(
        change("version: 12", "version: 13"),
        format!("the signature is not that of key `{id}` for this header")
    );
    assert!(change("30A", "30B").starts_with("the table has SHA-256 "));
    let other = sign(&header(1), "plate\nA1\n", &key(9)).expect("good").0;
    assert_eq!(told(&other), format!("signed with key `{}`, expected one of [{id}]", key(9).public().id()));
    let bad_table = sign(&header(1), "plate\n#\n", &key(1)).expect_err("bad").to_string();
    assert!(bad_table.starts_with("the table is not good: line 2: `plate` has '#'"), "{bad_table}");
    let name = Header { name: "Stolen".to_owned(), ..header(1) };
    assert!(sign(&name, "plate\nA1\n", &key(1)).is_err());
}

#[test]
fn offsets_are_read_as_they_are_written() {
    for (text, minutes) in
        [("+07:00", Some(420)), ("-03:30", Some(-210)), ("+00:00", Some(0)), ("+14:00", Some(840))]
    {
        assert_eq!(offset(text), minutes, "{text}");
    }
    for text in ["", "07:00", "+7:00", "+07:60", "+14:01", "-00:00", "+0700", "é07:00"] {
        assert_eq!(offset(text), None, "{text}");
    }
}

/// A box's folder with the lists `stolen` and `residents`.
struct Site {
    folder: tempfile::TempDir,
    settings: edge_config::Lists,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let list = |name: &str, kind| edge_config::PlateListFile {
            name: name.to_owned(),
            kind,
            path: folder.path().join(name),
        };
        let bytes = |key: SecretKey| {
            let text = key.public().to_string();
            super::hex::bytes(text.trim_start_matches("ed25519:")).expect("a key")
        };
        let lists = vec![
            list("stolen", edge_config::ListKind::Watch),
            list("residents", edge_config::ListKind::Permit),
        ];
        Self { settings: edge_config::Lists { keys: vec![bytes(key(1))], lists }, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// As an operator puts a file in place: another file under the name.
    fn put(&self, name: &str, text: &str) {
        let new = self.file("new");
        fs::write(&new, text).expect("written");
        fs::rename(new, self.file(name)).expect("in place");
    }

    fn start(&self) -> Lists {
        Lists::open(&self.settings, Path::new(self.folder.path()), ISSUED).expect("opens")
    }
}

fn versions(lists: &Lists) -> Vec<(String, u64)> {
    lists.asked(ISSUED).into_iter().map(|list| (list.name, list.version)).collect()
}

fn fault(lists: &Lists) -> String {
    lists.statuses(ISSUED).swap_remove(0).fault
}

fn found(lists: &Lists, read: &str, at: i64) -> Vec<(String, u64, bool)> {
    let matches = lists.find(&RawRead::from(read), at).into_iter();
    matches.map(|found| (found.plate, found.list.expect("its list").version, found.fuzzy)).collect()
}

#[test]
fn a_new_file_is_taken_and_a_bad_one_changes_nothing() {
    let site = Site::new();
    let lists = site.start();
    assert_eq!(versions(&lists), []);
    assert!(fault(&lists).starts_with("could not read `"), "{}", fault(&lists));
    assert_eq!(lists.statuses(ISSUED)[0].version, 0);

    site.put("stolen", &signed(&header(2), "plate\n30A12345\n"));
    lists.refresh(ISSUED);
    assert_eq!((versions(&lists), fault(&lists)), (vec![("stolen".to_owned(), 2)], String::new()));
    assert_eq!(found(&lists, "30A12345", ISSUED), [("30A12345".to_owned(), 2, false)]);

    let permit = Header { kind: Kind::Permit, ..header(9) };
    let residents = Header { name: "residents".to_owned(), ..header(9) };
    let forged = sign(&header(9), "plate\n51F99999\n", &key(3)).expect("good").0;
    for (bad, expected) in [
        (signed(&header(1), "plate\n51F99999\n"), "version 1 is older than 2, which is in force"),
        (signed(&header(2), "plate\n51F99999\n"), "version 2 is in force with another table"),
        (
            signed(&permit, "plate\n51F99999\n"),
            "this is the permit list `stolen`, expected the watch list `stolen`",
        ),
        (signed(&residents, "plate\n51F99999\n"), "this is the watch list `residents`"),
        (forged, "signed with key"),
        (signed(&header(9), "plate\n51F99999\n").replace("51F", "51G"), "the table has SHA-256"),
        ("plate\n51F99999\n".to_owned(), "line 1: got `plate`"),
    ] {
        site.put("stolen", &bad);
        lists.refresh(ISSUED);
        assert!(fault(&lists).starts_with(expected), "{}", fault(&lists));
        assert_eq!(versions(&lists), [("stolen".to_owned(), 2)], "{expected}");
        assert_eq!(found(&lists, "51F99999", ISSUED), []);
        assert_eq!(found(&lists, "30A12345", ISSUED).len(), 1, "{expected}");
        let refused = lists.statuses(ISSUED)[0].refused;
        lists.refresh(ISSUED);
        assert_eq!(lists.statuses(ISSUED)[0].refused, refused, "the same file is refused once");
    }
    fs::remove_file(site.file("stolen")).expect("removed");
    lists.refresh(ISSUED);
    assert_eq!(versions(&lists), [("stolen".to_owned(), 2)]);
    site.put("stolen", &signed(&header(3), "plate\n51F99999\n"));
    lists.refresh(ISSUED);
    assert_eq!((versions(&lists), fault(&lists)), (vec![("stolen".to_owned(), 3)], String::new()));
    assert_eq!(found(&lists, "51F99999", ISSUED).len(), 1);
}

#[test]
fn the_version_in_force_outlives_the_box_and_no_older_one_comes_back() {
    let site = Site::new();
    site.put("stolen", &signed(&header(5), "plate\n30A12345\n"));
    drop(site.start());
    site.put("stolen", &signed(&header(4), "plate\n51F99999\n"));
    let lists = site.start();
    assert_eq!(fault(&lists), "version 4 is older than 5, which is in force");
    assert_eq!(found(&lists, "30A12345", ISSUED).len(), 1);
    drop(lists);
    fs::remove_file(site.file("stolen")).expect("removed");
    assert_eq!(versions(&site.start()), [("stolen".to_owned(), 5)]);

    // A key that is trusted no more takes its lists with it.
    let mut other = Site { folder: site.folder, settings: site.settings };
    other.settings.keys = vec![[7; 32]];
    let lists = other.start();
    assert_eq!(versions(&lists), []);
    assert_eq!(lists.statuses(ISSUED)[0].refused, 2, "the kept one, and a file that is not there");
}

#[test]
fn an_exact_match_of_any_list_is_never_accompanied_by_near_ones() {
    let site = Site::new();
    let residents = Header { name: "residents".to_owned(), kind: Kind::Permit, ..header(7) };
    site.put("stolen", &signed(&header(2), "plate,country,note\n30B12345,vn,seen in Lang Son\n"));
    site.put("residents", &signed(&residents, "plate\n30812345\n"));
    let lists = site.start();
    assert_eq!(found(&lists, "30812345", ISSUED), [("30812345".to_owned(), 7, false)]);
    assert_eq!(
        found(&lists, "3O812345", ISSUED),
        [("30812345".to_owned(), 7, true), ("30B12345".to_owned(), 2, true)]
    );
    let near = lists.find(&RawRead::from("3OB-12345"), ISSUED).swap_remove(0);
    assert_eq!((near.country.as_str(), near.note.as_str(), near.distance), ("VN", "seen in Lang Son", 1.0));
    let substitution = pb::PlateCorrection { place: 1, from: "O".to_owned(), to: "0".to_owned() };
    assert_eq!(near.substitutions, [substitution]);
    assert_eq!(near.list.expect("its list").kind(), pb::ListKind::Watch);
}

#[test]
fn a_read_that_is_not_sure_is_held_against_no_list() {
    let site = Site::new();
    site.put("stolen", &signed(&header(2), "plate\n30A12345\n"));
    let lists = site.start();
    let told = |status, reason| {
        let mut told = pb::PlateRead::default();
        told.set_status(status);
        told.set_reason(reason);
        lists.note(&mut told, &RawRead::from("30A12345"), ISSUED);
        (told.lists.len(), told.lists_asked.len())
    };
    use pb::UnreadReason as Reason;
    assert_eq!(told(pb::PlateStatus::Confirmed, Reason::Unspecified), (1, 1));
    assert_eq!(told(pb::PlateStatus::SingleLook, Reason::Unspecified), (1, 1));
    assert_eq!(told(pb::PlateStatus::Rejected, Reason::Grammar), (1, 1));
    for reason in
        [Reason::LowConfidence, Reason::TooSmall, Reason::Glare, Reason::MotionBlur, Reason::NoPlate]
    {
        assert_eq!(told(pb::PlateStatus::Rejected, reason), (0, 0), "{reason:?}");
    }
}

#[test]
fn after_its_expiry_a_watch_list_warns_on_and_a_permit_list_permits_no_more() {
    let site = Site::new();
    let residents = Header { name: "residents".to_owned(), kind: Kind::Permit, ..header(7) };
    site.put("stolen", &signed(&header(2), "plate\n30A12345\n"));
    site.put("residents", &signed(&residents, "plate\n51F99999\n"));
    let lists = site.start();
    let end = ISSUED + 30 * DAY;
    assert_eq!(found(&lists, "51F99999", end - 1).len(), 1);
    assert_eq!(found(&lists, "51F99999", end), []);
    assert_eq!(found(&lists, "30A12345", end).len(), 1);
    assert_eq!(lists.asked(end).iter().map(|list| list.expired).collect::<Vec<_>>(), [true, true]);
    assert!(lists.find(&RawRead::from("30A12345"), end)[0].list.as_ref().expect("its list").expired);
    assert!(lists.statuses(end)[1].expired);
}

#[test]
fn who_asks_while_a_list_is_swapped_sees_one_version_or_the_other() {
    let site = Site::new();
    // Every version has its own hundred plates and no other.
    let table = |version: u64| {
        (0..100)
            .fold("plate,note\n".to_owned(), |csv, nth| csv + &format!("30A{version:03}{nth:02},{version}\n"))
    };
    site.put("stolen", &signed(&header(1), &table(1)));
    let lists = site.start();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = std::thread::Builder::new().spawn_scoped(scope, || {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let version = versions(&lists)[0].1;
                assert!(seen <= version, "{version} after {seen}");
                seen = version;
                for found in lists.find(&RawRead::from(format!("30A{version:03}42").as_str()), ISSUED) {
                    assert_eq!(found.note, found.list.expect("its list").version.to_string());
                }
            }
        });
        let asking = asking.expect("a thread");
        for version in 2..60 {
            site.put("stolen", &signed(&header(version), &table(version)));
            lists.refresh(ISSUED);
            assert_eq!(versions(&lists), [("stolen".to_owned(), version)]);
        }
        done.store(true, Ordering::Relaxed);
        asking.join().expect("no panic");
    });
}
