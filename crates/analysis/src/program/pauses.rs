//! How long calls sleep.

use ir::ExprKind;

use super::Program;
use crate::ids::ExprRef;
use crate::program::LibraryCall;

impl Program<'_> {
    /// The seconds that a call sleeps, where they are written out: `sleep(5)`, `sleep(Duration::from_secs(5))`.
    pub fn seconds_slept(&self, call: &LibraryCall<'_>) -> Option<f64> {
        let pause = call.model.pause?;
        let ExprKind::Call { args, .. } = self.kind(call.at) else { return None };
        let given = ExprRef { file: call.at.file, id: args.get(pause.argument)?.value };
        let number = |value: ExprRef| self.literal(value, 0)?.parse::<f64>().ok();
        let ExprKind::Call { args, .. } = self.kind(given) else { return Some(number(given)? * pause.seconds) };
        let unit = match self.called_name(given)?.as_str() {
            "from_secs" | "from_secs_f64" | "from_secs_f32" => 1.0,
            "from_millis" => 0.001,
            _ => return None,
        };
        Some(number(ExprRef { file: given.file, id: args.first()?.value })? * unit)
    }
}
