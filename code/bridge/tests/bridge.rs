//! The files beside the programs are what this crate draws, a network comes
//! back as it went, and a file that is none is refused with its mend.

use std::{fs, path::Path};

use bridge::{PROGRAMS, exchange, first, state_dict, widened::widened};
use ndarray::{Array1, Array2};
use slope::{
    Activation, Dense, Init, Layer, Network,
    rng::{Rng, Stream},
};

fn here(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

#[test]
fn the_weights_beside_the_programs_are_those_that_rust_draws() {
    for (name, tensors) in first::all() {
        let file = here(&format!("weights/{name}.safetensors"));
        assert!(
            fs::read(&file).is_ok_and(|bytes| bytes == tensors.to_bytes()),
            "{}: cargo run --package bridge --example bridge -- weights",
            file.display()
        );
    }
}

#[test]
fn every_program_of_a_framework_has_one_in_rust() {
    for framework in ["pytorch", "keras"] {
        for entry in fs::read_dir(here(framework)).expect("a folder") {
            let path = entry.expect("a file").path();
            let name = path.file_stem().and_then(|n| n.to_str()).expect("text");
            let has = |(program, _): &(&str, fn())| *program == name;
            assert!(PROGRAMS.iter().any(has), "{}", path.display());
        }
    }
}

#[test]
fn a_number_with_decimals_is_printed_with_all_of_them() {
    for (as_shown, in_full) in [
        ("\"{loss:6.3}\"", "\" {loss:.17e}\""),
        ("\"{:9.2e} {w:>5.1}\"", "\" {:.17e}  {w:.17e}\""),
        (
            "\"{name:10} {n:5} {x} {least:e}\"",
            "\"{name:10} {n:5} {x} {least:e}\"",
        ),
        ("Silu { beta: 1.702 }", "Silu { beta: 1.702 }"),
        ("\"{{{x:.1}}}\"", "\"{{ {x:.17e}}}\""),
        ("{", "{"),
    ] {
        assert_eq!(widened(as_shown), in_full);
    }
}

fn network(f: Activation) -> Network {
    let mut rng = Rng::new(0, Stream::Weights);
    Network::dense(&[3, 4, 2], f, Init::HeNormal, &mut rng)
}

#[test]
fn a_network_comes_back_as_it_went() {
    for f in [Activation::Identity, Activation::Relu, Activation::Tanh] {
        let net = network(f);
        let file = state_dict::bytes(&net).expect("dense layers");
        assert_eq!(state_dict::network(&file, f).expect("its file"), net);
    }
    let (network, _) = exchange::sent().expect("dense layers");
    assert!(exchange::compared("sgd", &network).is_err(), "before any update");
    assert!(exchange::compared("sdg", &network).is_err());
}

#[test]
fn what_is_no_network_is_refused_with_its_cause() {
    let refused = |file: &[u8], why: &str| {
        let refusal = state_dict::network(file, Activation::Tanh);
        let refusal = refusal.expect_err(why).to_string();
        assert!(refusal.contains(why), "{refusal}");
    };
    refused(b"", "not a safetensors file");
    refused(b"PK\x03\x04 a zip of pickles", "not a safetensors file");

    let file = state_dict::bytes(&network(Activation::Tanh)).expect("dense");
    let renamed = |from: &str, to: &str| {
        let at = file.windows(from.len()).position(|w| w == from.as_bytes());
        let mut file = file.clone();
        let at = at.expect("it is there");
        file[at..at + from.len()].copy_from_slice(to.as_bytes());
        file
    };
    refused(&renamed("2.bias", "3.bias"), "found the tensors 0.bias");
    refused(&renamed("F64", "I64"), "0.bias holds I64");
    refused(&renamed("[4]", "[1]"), "not a safetensors file");
    refused(&renamed("[4,3]", "[3,4]"), "3 × 4 weights and 4 biases");
    refused(&renamed("[4,3]", "[12]\u{20}"), "0.weight has the shape [12]");

    let block = Dense::new(Array2::eye(3), Array1::zeros(3), Activation::Relu);
    let layers = [Layer::Dense(block.expect("a layer"))];
    let layers = vec![Layer::Residual {
        scale: 1.0,
        layers: match &layers[0] {
            Layer::Dense(dense) => vec![dense.clone()],
            Layer::Residual { .. } => vec![],
        },
    }];
    let residual = Network::new(layers).expect("a block");
    let refusal = state_dict::bytes(&residual).expect_err("a block");
    assert!(refusal.to_string().contains("residual block"));
}
