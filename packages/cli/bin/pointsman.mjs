#!/usr/bin/env node
// Checked in, so that installing can link the command before anything is built.
import '../dist/bin.js';
