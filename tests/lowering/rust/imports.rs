#!/usr/bin/env run-cargo-script
//! Everything that brings a name in.
#![allow(dead_code)]
#![cfg_attr(test, allow(unused))]

extern crate serde as s;

mod db;
pub mod handlers;

use axum::{
    Router,
    extract::{self, State as Ext},
    routing::{get, post},
};
use crate::db::pool::{self, Pool};
use sqlx;
use std::collections::*;
use std::fmt::Write as _;
use super::config::{SETTINGS, *};
pub use db::connect;
pub(crate) use handlers::*;

fn paths() {
    use tokio::time::sleep;
    sleep(1);
    crate::db::connect();
    crate::db::connect();
    crate::db::Pool::new(crate::config::MAX);
    self::helper();
    super::up::there::run();
    db::connect();
    std::thread::sleep(2);
    Vec::<u8>::with_capacity(3);
    <Pool as Default>::default();
    <u32>::max_value();
}

fn helper() {}
