"use strict";
const db = require("./db");
const helper = () => 1;
exports.early = exports.other = void 0;
exports.helper = helper;
exports.run = async function () {
  return db.query("SELECT 1");
};
module.exports.named = function named() {};
exports["quoted"] = 3;
module.exports = {
  db,
  alias: helper,
  list: async (req, res) => res.json(await db.all()),
  show(id) {
    return db.one(id);
  },
  ...require("./more"),
  routes: require("./routes"),
  limit: 10,
};
if (require.main === module) helper();
exports = module.exports = new db.Pool();
function wrapped(module, exports) {
  exports.inside = 1;
}
