//! What the parser passes through is told as skipped; everything around it is lowered.

fn before() {}

pub type missing;

fn signature_only(x: u32);

fn after() {
    before();
}
