# Names for what is done often; what each does is written where it is done.

# Everything a change has to pass.
ci:
    cargo xtask ci

# The same, after installing what it needs.
ci-install:
    cargo xtask ci --install

# The house rules alone.
tidy:
    cargo xtask tidy

# The tests alone.
test:
    cargo xtask ci --only test

# A simulated organization, imported and shown.
demo:
    cargo demo
