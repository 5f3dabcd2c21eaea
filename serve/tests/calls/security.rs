//! Who may ask, and who may not.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use voxhumana_serve::{Limits, Options, Server};

use crate::harness::{Running, agent, detector, options, serve, serve_with, telnyx_start};

fn beyond() -> Options {
    Options {
        listen: SocketAddr::from(([0, 0, 0, 0], 0)),
        ..options()
    }
}

/// The error of a server that does not start.
fn refused(options: Options) -> String {
    Server::open(detector(), options).err().unwrap().to_string()
}

#[test]
fn beyond_this_machine_nothing_starts_without_knowing_its_clients() {
    let error = refused(beyond());
    assert!(
        error.contains("--listen 0.0.0.0:0") && error.contains("--token-file"),
        "{error}"
    );
    let six = Options {
        listen: "[::]:0".parse().unwrap(),
        ..options()
    };
    assert!(refused(six).contains("--token-file"));
    // A certificate of the server alone says nothing of its clients.
    let folder = Certificates::make();
    let tls = Options {
        tls: Some(folder.pair("server")),
        ..beyond()
    };
    assert!(refused(tls).contains("--client-ca"));
    let audiosocket = Options {
        audiosocket: Some(SocketAddr::from(([0, 0, 0, 0], 0))),
        ..options()
    };
    assert!(refused(audiosocket).contains("--allow-from"));
    let ca = Options {
        client_ca: Some("ca.pem".into()),
        ..options()
    };
    assert!(refused(ca).contains("--tls-cert"));
    let twilio = Options {
        twilio_auth_token_file: Some("token".into()),
        ..options()
    };
    assert!(refused(twilio).contains("--public-url"));
}

#[test]
fn files_that_are_not_there_or_empty_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("tokens");
    fs::write(&empty, "\n \n").unwrap();
    for (file, text) in [("missing", "missing"), ("tokens", "no token in it")] {
        let error = refused(Options {
            token_file: Some(folder.path().join(file)),
            ..beyond()
        });
        assert!(error.contains(text), "{error}");
    }
    let error = refused(Options {
        tls: Some((empty.clone(), empty)),
        ..options()
    });
    assert!(error.contains("tokens: "), "{error}");
    let taken = serve();
    let error = refused(Options {
        listen: taken.address,
        ..options()
    });
    assert!(error.contains(&taken.address.to_string()), "{error}");
}

fn with_tokens(max_calls_per_token: usize) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, "first-secret\n\n  second-secret \n").unwrap();
    serve_with(Options {
        token_file: Some(file),
        limits: Limits {
            max_calls_per_token,
            ..Limits::default()
        },
        ..options()
    })
}

#[test]
fn with_tokens_everything_but_its_health_needs_one() {
    let running = with_tokens(10);
    for path in [
        "/v1/calls",
        "/v1/calls/x",
        "/metrics",
        "/v1/streams/twilio",
        "/v1/scan",
    ] {
        for headers in [
            &[][..],
            &[("authorization", "Bearer wrong")],
            &[("authorization", "Basic first-secret")],
            &[("x-api-key", "first-secre")],
        ] {
            let (status, body) = running.get_with(path, headers);
            assert_eq!(status, 401, "{path} {headers:?}: {body}");
        }
    }
    for headers in [
        [("authorization", "Bearer first-secret")],
        [("authorization", "bearer second-secret")],
        [("x-api-key", "second-secret")],
    ] {
        assert_eq!(running.get_with("/v1/calls", &headers).0, 200);
    }
    assert_eq!(running.get("/v1/calls?token=first-secret").0, 200);
    let (_, metrics) = running.get("/metrics?token=first-secret");
    assert!(
        metrics.contains("voxhumana_refused_total{limit=\"token\"} 20"),
        "{metrics}"
    );
    assert_eq!(running.get("/healthz").0, 200);
    assert_eq!(running.get("/readyz").0, 200);
    assert_eq!(running.connect("/v1/streams/telnyx").err().unwrap().0, 401);
    assert!(
        running
            .connect("/v1/streams/telnyx?token=first-secret")
            .is_ok()
    );
}

#[test]
fn calls_are_counted_by_token() {
    let running = with_tokens(1);
    let connect = |token: &str| running.connect(&format!("/v1/streams/telnyx?token={token}"));
    let mut first = connect("first-secret").unwrap();
    let (status, body) = connect("first-secret").err().unwrap();
    assert_eq!((status, &body["reason"]), (429, &"calls_per_token".into()));
    assert!(connect("second-secret").is_ok());
    first.say(&telnyx_start("first", "PCMU", 8_000));
    running.call("first");
}

#[test]
fn a_call_is_ended_by_the_token_that_it_came_with() {
    let running = with_tokens(1);
    let mut first = running
        .connect("/v1/streams/telnyx?token=first-secret")
        .unwrap();
    first.say(&telnyx_start("first", "PCMU", 8_000));
    running.call("first");
    let delete = |token: &str| {
        let url = running.url(&format!("/v1/calls/first?token={token}"));
        agent().delete(url).call().unwrap().status().as_u16()
    };
    assert_eq!(delete("second-secret"), 403);
    assert_eq!(delete("first-secret"), 204);
}

#[test]
fn streams_of_twilio_are_signed_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth-token");
    fs::write(&file, "12345\n").unwrap();
    let running = serve_with(Options {
        twilio_auth_token_file: Some(file),
        public_url: Some("wss://calls.example.org/".to_owned()),
        ..options()
    });
    let sign = |address: &str| {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"12345").unwrap();
        mac.update(address.as_bytes());
        base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
    };
    let path = "/v1/streams/twilio";
    let good = sign(&format!("wss://calls.example.org{path}"));
    let elsewhere = sign(&format!("wss://calls.example.com{path}"));
    let header = |value| [("x-twilio-signature", value)];
    assert!(running.connect_with(path, &header(good.as_str())).is_ok());
    for wrong in [elsewhere.as_str(), "", "no base64"] {
        let (status, body) = running.connect_with(path, &header(wrong)).err().unwrap();
        assert_eq!((status, &body["reason"]), (403, &"signature".into()));
    }
    assert_eq!(running.connect(path).err().unwrap().0, 403);
    // The same path in another spelling.
    for path in [
        "/v1/streams/%74wilio",
        "/v1/streams/twili%6F",
        "/v1/streams/%74%77ilio?x=y",
    ] {
        let (status, body) = running.connect(path).err().unwrap();
        assert_eq!(
            (status, &body["reason"]),
            (403, &"signature".into()),
            "{path}"
        );
    }
    let (_, metrics) = running.get("/metrics");
    assert!(
        metrics.contains("voxhumana_refused_total{limit=\"signature\"} 7"),
        "{metrics}"
    );
    // The others have no such signature.
    assert!(running.connect("/v1/streams/telnyx").is_ok());
}

#[test]
fn pages_of_other_sites_are_kept_out() {
    let running = serve();
    let host = running.address.to_string();
    let own = format!("http://{host}");
    for path in ["/v1/calls", "/healthz"] {
        assert_eq!(running.get_with(path, &[("origin", &own)]).0, 200);
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
            assert_eq!(
                running.get_with(path, &[("origin", origin)]).0,
                403,
                "{origin}"
            );
        }
    }
    // Nor may one that lets a name of its own point here: to its browser, both are one site.
    for (host, status) in [("evil.example", 403), ("localhost:1", 200), ("[::1]", 200)] {
        let asked = running.get_with("/v1/calls", &[("host", host)]);
        assert_eq!(asked.0, status, "{host}");
    }
    let other = running.connect_with("/v1/streams/twilio", &[("origin", "https://evil.example")]);
    assert_eq!(other.err().unwrap().0, 403);
    let (_, metrics) = running.get("/metrics");
    for line in ["{limit=\"origin\"} 7", "{limit=\"host\"} 1"] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

/// A certificate authority, and what it signed.
struct Certificates(tempfile::TempDir);

impl Certificates {
    fn make() -> Self {
        use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        let authority = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            write(name, params.self_signed(&key).unwrap().pem());
            Issuer::new(params, key)
        };
        let (ours, theirs) = (authority("ca.pem"), authority("other-ca.pem"));
        for (name, issuer) in [("server", &ours), ("client", &ours), ("stranger", &theirs)] {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            let certificate = params.signed_by(&key, issuer).unwrap();
            write(&format!("{name}.pem"), certificate.pem());
            write(&format!("{name}.key"), key.serialize_pem());
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn pair(&self, name: &str) -> (PathBuf, PathBuf) {
        (
            self.path(&format!("{name}.pem")),
            self.path(&format!("{name}.key")),
        )
    }
}

/// The answer to a request over TLS, with a certificate if one is given; empty if there is none.
fn get(address: SocketAddr, ca: &Path, own: Option<(PathBuf, PathBuf)>) -> String {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_file(cert).unwrap()],
                PrivateKeyDer::from_pem_file(key).unwrap(),
            )
            .unwrap(),
    };
    let name = "localhost".try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    let mut answer = String::new();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    if stream.write_all(request).is_ok() {
        let _ = stream.read_to_string(&mut answer);
    }
    answer
}

#[test]
fn over_tls_clients_show_a_certificate_where_that_is_asked_for() {
    let folder = Certificates::make();
    let ca = folder.path("ca.pem");
    let open = serve_with(Options {
        tls: Some(folder.pair("server")),
        ..options()
    });
    assert!(get(open.address, &ca, None).contains("ok\n"));

    let mutual = serve_with(Options {
        tls: Some(folder.pair("server")),
        client_ca: Some(ca.clone()),
        ..beyond()
    });
    let address = SocketAddr::from(([127, 0, 0, 1], mutual.address.port()));
    assert!(get(address, &ca, Some(folder.pair("client"))).contains("ok\n"));
    assert_eq!(get(address, &ca, None), "");
    assert_eq!(get(address, &ca, Some(folder.pair("stranger"))), "");
}
