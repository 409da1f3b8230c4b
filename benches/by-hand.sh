# What people do today: copies a certificate file and two zones, unchecked, into `tar | gzip`.
#
#     sh by-hand.sh CERTIFICATES ZONEINFO OUTPUT
set -e
folder=$(mktemp -d)
mkdir -p "$folder/etc/ssl/certs" "$folder/usr/share/zoneinfo/Asia"
cp "$1" "$folder/etc/ssl/certs/ca-certificates.crt"
cp -L "$2/Asia/Shanghai" "$2/Asia/Tokyo" "$folder/usr/share/zoneinfo/Asia/"
tar -C "$folder" -cf - etc usr | gzip > "$3"
rm -rf "$folder"
