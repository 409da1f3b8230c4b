// What Go finds in a bundle: how many roots, and one line for each moment, as `.ci/consumers` expects it.
package main

import (
	"crypto/x509"
	"fmt"
	"time"
)

func tell(name string, zone *time.Location, change int64) {
	for moment := change - 1; moment <= change; moment++ {
		fmt.Println(name, time.Unix(moment, 0).In(zone).Format("-0700 MST"))
	}
}

func load(zone string) *time.Location {
	location, err := time.LoadLocation(zone)
	if err != nil {
		fmt.Println(err)
		return time.UTC
	}
	return location
}

func main() {
	pool, err := x509.SystemCertPool()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("roots", len(pool.Subjects()))
	tell("zone", load("Europe/Paris"), 1774746000)
	tell("alias", load("US/Eastern"), 1772953200)
	tell("local", time.Local, 1775318400)
}
