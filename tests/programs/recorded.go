// Offers the certificates of somebody else's server, without their key, on 127.0.0.1:PORT.
//
//	recorded PORT CERTIFICATE.der...
//
// A client that trusts the certificates goes on to the server's signature and says that it is bad; one that does not never gets so far.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"os"
)

func main() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	certificate := tls.Certificate{PrivateKey: key}
	for _, name := range os.Args[2:] {
		der, err := os.ReadFile(name)
		check(err)
		certificate.Certificate = append(certificate.Certificate, der)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:"+os.Args[1], &tls.Config{Certificates: []tls.Certificate{certificate}})
	check(err)
	fmt.Println("ready")
	for {
		connection, err := listener.Accept()
		check(err)
		go connection.(*tls.Conn).Handshake()
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
