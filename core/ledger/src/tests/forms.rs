//! The one encoding, to the last byte: what was released never changes.

use super::{Ledger, actors, events};
use crate::append::BEFORE_THE_FIRST;
use crate::{Actor, ContentHash, Event, Head, KINDS, Wrong, verify};

#[test]
fn a_line_is_what_the_specification_says() {
    let ledger = Ledger::with(2);
    insta::assert_snapshot!(ledger.lines.join("\n"), @r#"
    {"sequence":1,"moment":"2026-01-02T03:04:05.000000000Z","clock":null,"actor":{"kind":"person","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"},"event":{"kind":"started","version":"0.1.0"},"previous":"95e9160c177f0f14ed6f7c1dbaf7aa7a70f9f4207e0c837576158119fc12c71c","hash":"b09ca16fcc013716c5413eb2572a99b6aaa7afe8a70dd3217e543918a9d00314"}
    {"sequence":2,"moment":"2026-01-02T03:04:06.000000000Z","clock":null,"actor":{"kind":"logged-in","key":"0303030303030303030303030303030303030303030303030303030303030303","user":"ada@example.com"},"event":{"kind":"proposal-made","proposal":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","inputs":"32381523e63197c929b67f793a8098bed0ae3a6fa902634fdbcc6fa4567f3346"},"previous":"b09ca16fcc013716c5413eb2572a99b6aaa7afe8a70dd3217e543918a9d00314","hash":"34a021c602221846fc0645b08fd795ffd208e06c69a733c6c17caa9f1b0eec0f"}
    "#);
    assert_eq!(ContentHash::sha256(b"tenor ledger 1\n").to_string(), BEFORE_THE_FIRST.to_string());
    for (line, head) in ledger.lines.iter().zip(&ledger.heads[1..]) {
        let (covered, hash) = line.rsplit_once(",\"hash\":\"").unwrap();
        assert_eq!(ContentHash::sha256(covered.as_bytes()).to_string(), hash.trim_end_matches("\"}"));
        assert_eq!(head.hash().to_string(), hash.trim_end_matches("\"}"));
    }
}

#[test]
fn every_kind_has_one_form() {
    let written: Vec<_> = events().iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    assert_eq!(events().iter().map(Event::kind).collect::<Vec<_>>(), KINDS);
    insta::assert_snapshot!(written.join("\n"), @r#"
    {"kind":"started","version":"0.1.0"}
    {"kind":"proposal-made","proposal":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","inputs":"32381523e63197c929b67f793a8098bed0ae3a6fa902634fdbcc6fa4567f3346"}
    {"kind":"order-created","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","proposal":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","connection":"prod","policy":"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812","steps":2,"key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","user":"ada@example.com","signature":"25c2ff893f63dd4ac566c8d90786183319f048c04c191a1ba269a07cc2ca51444dde29c243d16c13c2c2566bea8cc1a7949749ce148b0bf5c00bdd514996fb06"}
    {"kind":"approved","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","policy":"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812","signed":"2026-01-02T03:04:05.000000000Z","expires":"2026-01-03T03:04:05.000000000Z","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","user":null,"signature":"25c2ff893f63dd4ac566c8d90786183319f048c04c191a1ba269a07cc2ca51444dde29c243d16c13c2c2566bea8cc1a7949749ce148b0bf5c00bdd514996fb06"}
    {"kind":"rejected","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","reason":"it is \"enough\" \\ für heute"}
    {"kind":"guard-refused","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"rule":"money per day","limit":"100","value":"100.01"}
    {"kind":"order-stopping","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","reason":"a person said so"}
    {"kind":"order-ended","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","ending":"stopped"}
    {"kind":"step-intended","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"account":"111122223333","region":"eu-west-1","operation":"savingsplans:CreateSavingsPlan","request":"1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047","token":"0a0a-1"}
    {"kind":"called","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"account":"111122223333","region":"eu-west-1","operation":"savingsplans:CreateSavingsPlan","request_id":"6a1c-77","error":null}
    {"kind":"step-done","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"result":"sp-1","paid":"8760.000000000001"}
    {"kind":"step-refused","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"code":"ValidationException","reason":"it is \"enough\" \\ für heute"}
    {"kind":"step-put-back","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"because":"not-sent","reason":"no connection"}
    {"kind":"step-failed","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"reason":"the payment failed"}
    {"kind":"step-unknown","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"reason":"no answer came"}
    {"kind":"step-held","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"reason":"two purchases look alike"}
    {"kind":"step-resolved","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"resolution":"not-done","reason":"it is \"enough\" \\ für heute"}
    {"kind":"step-undone","order":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","step":1,"by":"0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c"}
    {"kind":"kill-switch","stopped":true,"reason":"it is \"enough\" \\ für heute"}
    {"kind":"configuration-changed","what":"guard rails","before":null,"after":"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812"}
    {"kind":"key-enrolled","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","name":"Ada","role":"approver"}
    {"kind":"key-revoked","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","reason":"it is \"enough\" \\ für heute"}
    {"kind":"connection-made","connection":"prod","account":"111122223333","agreement":"46a81739c6ee7c1d5ed084e7de843a7ed79435cd445513e4dd5c4e5ac395fb4b"}
    {"kind":"connection-changed","connection":"prod","agreement":"862f280d09a1233e4b89f2d00a115b4e2815774746ba762d5b563108588ce40a"}
    {"kind":"connection-removed","connection":"prod"}
    {"kind":"connection-verified","connection":"prod","policy_version":1,"findings":"8aa3c4ce3ccdfe89f32935d164b3fb04ea01afa7a71f17c5be4f777cb7968cbc"}
    {"kind":"connection-drifted","connection":"prod","policy_version":1,"findings":"8aa3c4ce3ccdfe89f32935d164b3fb04ea01afa7a71f17c5be4f777cb7968cbc","missing":1,"excess":2}
    {"kind":"data-imported","payer":"111122223333","period":"2026-01","version":"8f3a"}
    {"kind":"data-read","what":"cost","question":"1f5087db919ced5c123c7f507d3fcce818cb0cf6e77c2f95a8a35e951e03fdb9","rows":12}
    {"kind":"data-exported","what":"charges","content":"ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73","rows":1000000}
    {"kind":"stranger-found","account":"444455556666","commitment":"ri-9"}
    {"kind":"reconciled","period":"2026-01","report":"845e91831319e89c4d656bdb80c278ac09a7230d61e5dfd2e1b1fbb436ac8917","differences":0}
    {"kind":"backed-up","backup":"54d00d867758cef816bc4685f58e327b949712b07ebd17c3485f3ffc9e9f5133"}
    {"kind":"restored","backup":"54d00d867758cef816bc4685f58e327b949712b07ebd17c3485f3ffc9e9f5133"}
    {"kind":"checkpointed","sequence":7,"hash":"0909090909090909090909090909090909090909090909090909090909090909","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"}
    {"kind":"user-added","user":"ada","role":"analyst"}
    {"kind":"user-changed","user":"ada","role":"approver"}
    {"kind":"user-removed","user":"ada"}
    {"kind":"user-invited","user":"ada","expires":"2026-01-02T03:05:05.000000000Z"}
    {"kind":"password-changed","user":"ada"}
    {"kind":"token-made","token":"tnr_0a1b2c3d","user":"ada","scopes":"cost ledger","expires":"2026-01-02T03:05:05.000000000Z"}
    {"kind":"token-revoked","token":"tnr_0a1b2c3d"}
    {"kind":"clock-put-right","ledger":"0909090909090909090909090909090909090909090909090909090909090909","previous":"0808080808080808080808080808080808080808080808080808080808080808","ahead":"2026-01-03T03:04:05.000000000Z","moment":"2026-01-02T03:04:05.000000000Z","asked":true,"reason":"the time server was wrong","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","signature":"25c2ff893f63dd4ac566c8d90786183319f048c04c191a1ba269a07cc2ca51444dde29c243d16c13c2c2566bea8cc1a7949749ce148b0bf5c00bdd514996fb06"}
    "#);
    for (event, text) in events().iter().zip(&written) {
        assert!(text.starts_with(&format!("{{\"kind\":\"{}\",", event.kind())), "{text}");
        assert_eq!(&serde_json::from_str::<Event>(text).unwrap(), event);
    }
    let written: Vec<_> = actors().iter().map(|actor| serde_json::to_string(actor).unwrap()).collect();
    insta::assert_snapshot!(written.join("\n"), @r#"
    {"kind":"person","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"}
    {"kind":"logged-in","key":"0303030303030303030303030303030303030303030303030303030303030303","user":"ada@example.com"}
    {"kind":"operator","name":"ada@tenor-1"}
    {"kind":"schedule","name":"monthly"}
    {"kind":"system"}
    "#);
    for (actor, text) in actors().iter().zip(&written) {
        assert_eq!(&serde_json::from_str::<Actor>(text).unwrap(), actor);
    }
}

#[test]
fn the_specification_has_a_real_line_and_every_kind_with_its_members() {
    let specification = include_str!("../../../../docs/spec/ledger.md");
    let line = specification.lines().find(|line| line.starts_with("{\"sequence\":1,")).unwrap();
    assert_eq!(verify(format!("{line}\n").as_bytes(), None).unwrap().head.sequence(), 1);
    let written = events().into_iter().map(|event| serde_json::to_string(&event).unwrap());
    for json in written.chain(actors().iter().map(|actor| serde_json::to_string(actor).unwrap())) {
        let mut words = json.split('"').skip(1).step_by(2);
        let kind = words.nth(1).unwrap();
        let mut row =
            specification.lines().find(|row| row.starts_with(&format!("| `{kind}` |"))).unwrap_or_else(|| panic!("no row for {kind}"));
        for member in json.split(",\"").skip(1).map(|rest| rest.split_once('"').unwrap().0) {
            let named = row.split_once(&format!("`{member}`"));
            row = named.unwrap_or_else(|| panic!("{kind}: `{member}` is not in its place")).1;
        }
    }
}

#[test]
fn a_head_is_known_from_the_first_and_the_last_line() {
    let ledger = Ledger::with(4);
    let of = |first: usize, last: usize| Head::of(ledger.lines[first].as_bytes(), ledger.lines[last].as_bytes());
    assert_eq!(of(0, 3), Ok(ledger.heads[4]));
    assert_eq!(of(0, 0), Ok(ledger.heads[1]));
    assert_eq!(of(1, 3), Err(Wrong::Missing { last: 1 }));
    assert_eq!(Head::of(ledger.lines[0].as_bytes(), b""), Err(Wrong::Changed));
    assert_eq!(Head::of(super::forged(&ledger.lines[0].replace("\"95", "\"96")).as_bytes(), b""), Err(Wrong::Unchained));
}
