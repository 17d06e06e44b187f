//! Where the desk page is served: the settings that are refused, since others could then look in.

use crate::desk::Desk;

#[test]
fn a_desk_that_the_network_reaches_needs_a_certificate_and_a_name() {
    let desk = Desk::new().with("CARDBRIDGE_CONFIG", "desk.toml");
    for (serve, problem) in [
        (
            "listen = \"0.0.0.0:7321\"",
            "guests' names must not travel unencrypted",
        ),
        (
            "listen = \"[::]:7321\"\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"",
            "needs `host_names`",
        ),
        ("listen = \"7321\"", "`7321` is not an address and a port"),
        (
            "certificate_file = \"c.pem\"",
            "a certificate needs its `key_file`",
        ),
        ("key_file = \"k.pem\"", "a key needs its `certificate_file`"),
        ("host_names = [\"a b\"]", "`a b` is not a host name"),
        ("host_names = [\"\"]", "`` is not a host name"),
        (
            "allowed_origins = [\"*\"]",
            "`*` is not the origin of a web page",
        ),
        (
            "allowed_origins = [\"https://pms.example.com/\"]",
            "is not the origin of a web page",
        ),
        (
            "allowed_origins = [\"null\"]",
            "`null` is not the origin of a web page",
        ),
    ] {
        desk.file("desk.toml", format!("[serve]\n{serve}\n"));
        desk.run(&["config", "check"])
            .failed(3, problem, "correct it");
    }
    desk.file("desk.toml", "[serve]\nlisten = \"[::1]:0\"\n");
    desk.run(&["config", "check"]).succeeded();
    let desk = desk.with("CARDBRIDGE_LISTEN", "192.0.2.1:80");
    desk.run(&["config", "check"]).failed(
        3,
        "CARDBRIDGE_LISTEN: 192.0.2.1:80 can be reached",
        "correct it",
    );
}
