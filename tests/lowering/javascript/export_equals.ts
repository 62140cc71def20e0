import db = require("./db");
export = { db, close: () => db.close() };
