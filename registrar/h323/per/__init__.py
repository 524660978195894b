"""Aligned PER (X.691, the BASIC-PER ALIGNED variant) of the types in ``registrar.h323.schema``.

``numbers``, ``strings`` and ``structures`` hold a function for each kind of type that makes its ``Codec``, a pair of
closures; ``compiled`` makes and keeps those of named types, each when it is first met. What H.225.0 does not use is
not here: numbers with one bound only, DEFAULT, SET, REAL. Fragmented lengths (16,384 and more) are refused.
"""
