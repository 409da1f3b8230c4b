# A private Docker daemon below $work, for the proofs that build or run images; sourced after common.sh, never run.
#
# It touches nothing of the host's own Docker: no network bridge, no firewall rule, its own data, socket and client settings.
# /usr/bin/docker is Debian's client; another one first in PATH may lack the BuildKit mode of the same version.

docker() { DOCKER_CONFIG="$work/docker-config" DOCKER_HOST="unix://$work/docker.sock" /usr/bin/docker "$@"; }

start_docker() {
    local patience
    mkdir "$work/docker-config"
    dockerd --iptables=false --bridge=none --data-root "$work/docker" --exec-root "$work/docker-exec" \
        --pidfile "$work/docker.pid" --host "unix://$work/docker.sock" > "$work/dockerd.log" 2>&1 &
    undo+=("! mountpoint -q $work/docker-exec/netns/default || umount $work/docker-exec/netns/default" "kill $!; wait $!")
    for ((patience = 0; patience < 300; patience++)); do
        docker info > "$work/docker-info" 2>&1 && return
        kill -0 $! 2> /dev/null || break
        sleep 0.1
    done
    cat "$work/dockerd.log" >&2
    fail "dockerd does not answer"
}
