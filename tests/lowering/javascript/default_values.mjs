#!/usr/bin/env node
"use strict";
"use server";
export default createApp(async (request) => request.url);
