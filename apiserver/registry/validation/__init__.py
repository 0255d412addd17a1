"""Validators that several kinds share, one part of an object per file, with upstream's messages and order.

A validator takes the decoded value and its field path and returns field errors; it changes nothing, knows no
kind's strategy and reads no other object. Rules of a single kind stay in the kind's file.
"""
