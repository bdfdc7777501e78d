"""Many futures of anything: uniforms in, arrays out; not a word of economics."""
