//! No input panics.

use proptest::prelude::*;

use super::{HEAD, read_bytes};

/// Pieces that mean something to the parsers.
pub(in super::super) fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "b: ",
        "- ",
        "  ",
        "\n",
        "\n  ",
        "\n    ",
        "\t",
        "---\n",
        "...\n",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ": ",
        "? ",
        "&a ",
        "*a",
        "*a ",
        "<<: ",
        "!!str ",
        "!!int ",
        "!!binary ",
        "!t ",
        "!<x> ",
        "! ",
        "'",
        "\"",
        "\\",
        "\\u12",
        "|",
        ">",
        "|+\n",
        ">-2\n",
        "#",
        "%YAML 1.1\n",
        "%TAG ! x\n",
        "{{ ",
        "é",
        "\u{feff}",
        "\u{2028}",
        "\r",
        "\0",
        "0x1",
        "1e3",
        "-",
        ".inf",
        "~",
        "yes",
        "items:\n",
        "kind: List\n",
        "apiVersion: v1\n",
        "metadata: {name: a}\n",
        "{\"a\":",
        "\"b\"",
        "true",
        "null",
    ];
    prop_oneof![9 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,3}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_bytes(&bytes);
    }

    #[test]
    fn on_any_pieces(pieces in prop::collection::vec(piece(), 0..40), is_headed in any::<bool>()) {
        let head = if is_headed { HEAD } else { "" };
        let outcome = read_bytes(format!("{head}{}", pieces.concat()).as_bytes());
        for document in outcome.documents {
            document.positions.each(|path, position| assert_eq!(document.positions.get(path), position, "{path}"));
        }
    }
}
