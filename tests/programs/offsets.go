// What Go's package time says: `ZONEINFO=DIRECTORY offsets < probes` reads `ZONE SECONDS` lines and prints each again with the offset
// from UTC and the abbreviation at that moment.
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"
)

func main() {
	in, out := bufio.NewScanner(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var zone *time.Location
	for in.Scan() {
		var name string
		var seconds int64
		if _, err := fmt.Sscan(in.Text(), &name, &seconds); err != nil {
			panic(err)
		}
		if zone == nil || zone.String() != name {
			var err error
			if zone, err = time.LoadLocation(name); err != nil {
				panic(err)
			}
		}
		abbreviation, offset := time.Unix(seconds, 0).In(zone).Zone()
		fmt.Fprintln(out, name, seconds, offset, abbreviation)
	}
}
