//! References into a whole program: a file and something of it.

use ir::{BindingId, ClassId, ExprId, FnId};

/// A file: an index into [`Program::files`](crate::Program::files), which is sorted by path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(pub u32);

macro_rules! reference {
    ($name:ident, $id:ty) => {
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name {
            pub file: FileId,
            pub id: $id,
        }
    };
}

reference!(FnRef, FnId);
reference!(ClassRef, ClassId);
reference!(BindingRef, BindingId);
reference!(ExprRef, ExprId);
