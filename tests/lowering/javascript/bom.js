const a = "é";
use(a);
