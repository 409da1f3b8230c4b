// How many certificates Go's crypto/x509 loads from a PEM file: `roots FILE`.
package main

import (
	"crypto/x509"
	"fmt"
	"os"
)

func main() {
	pem, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		panic("no certificate")
	}
	fmt.Println(len(pool.Subjects()))
}
