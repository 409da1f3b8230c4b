// What a small service does: it tells local time, tells Tokyo time and makes an HTTPS request. Built static, it runs in a scratch
// container, where all three depend on files that the image must bring.
//
//	article URL SECONDS
//
// One line for each, and exit status 1 if any did not work.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

func main() {
	url, moment := os.Args[1], os.Args[2]
	seconds, err := strconv.ParseInt(moment, 10, 64)
	ok := say("local", func() (string, error) { return show(seconds, time.Local), err })
	ok = say("tokyo", func() (string, error) { return tokyo(seconds) }) && ok
	ok = say("https", func() (string, error) { return get(url) }) && ok
	if !ok {
		os.Exit(1)
	}
}

func say(what string, ask func() (string, error)) bool {
	answer, err := ask()
	if err != nil {
		answer = err.Error()
	}
	fmt.Println(what, answer)
	return err == nil
}

func show(seconds int64, zone *time.Location) string {
	return time.Unix(seconds, 0).In(zone).Format("2006-01-02 15:04:05 -0700 MST")
}

func tokyo(seconds int64) (string, error) {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		return "", err
	}
	return show(seconds, zone), nil
}

func get(url string) (string, error) {
	response, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.Status + " " + string(body), err
}
