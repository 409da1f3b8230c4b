# An authority of our own and an HTTPS server under it, for proofs; sourced after common.sh, never run.

# The lock judges certificates as of the first second of a day, so these begin two days ago: a root, an intermediate and the server's certificate for 127.0.0.1
# and for the names that .ci/network gives to this machine.
make_an_authority() {
    local ca="-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign"
    local names=IP:127.0.0.1,DNS:curl.se,DNS:data.iana.org,DNS:mirror.test
    local key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    {
        faketime -f -2d openssl req -x509 $key $ca -days 3650 -subj "/O=Example/CN=Example Root" -keyout root.key -out authority.pem
        faketime -f -2d openssl req -x509 $key $ca -days 3650 -subj "/O=Example/CN=Example Issuer" -CA authority.pem -CAkey root.key \
            -keyout issuer.key -out issuer.pem
        faketime -f -2d openssl req -x509 $key -days 90 -subj "/CN=127.0.0.1" -addext subjectAltName=$names -addext basicConstraints=critical,CA:FALSE \
            -CA issuer.pem -CAkey issuer.key -keyout server.key -out server.pem
    } 2> openssl.log || { cat openssl.log >&2; fail "openssl made no certificates"; }
    cat server.pem issuer.pem > chain.pem
}

start_the_server() {
    local patience
    python3 "$root/tests/programs/https_server.py" chain.pem server.key > port &
    undo+=("kill $!")
    for ((patience = 0; patience < 100; patience++)); do
        port=$(cat port)
        [ -z "$port" ] || return 0
        sleep 0.1
    done
    fail "the HTTPS server does not start"
}
