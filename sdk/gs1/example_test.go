package gs1_test

import (
	"fmt"

	"github.com/openaisle/aisle/sdk/gs1"
)

func ExampleParseGTIN() {
	cola, err := gs1.ParseGTIN("5449000000996")
	fmt.Println(cola, cola.Short(), err)
	_, err = gs1.ParseGTIN("5449000000997")
	fmt.Println(err)
	// Output:
	// 05449000000996 5449000000996 <nil>
	// GTIN "5449000000997": check digit is 7, expected 6
}

func ExampleEPC_SGTIN() {
	epc, err := gs1.ParseEPC("3074257BF7194E4000001A85")
	if err != nil {
		fmt.Println(err)
		return
	}
	item, err := epc.SGTIN()
	if err != nil {
		fmt.Println(err)
		return
	}
	product, err := item.GTIN()
	fmt.Println(product, item.Serial, err)
	fmt.Println(item.URI())
	// Output:
	// 80614141123458 6789 <nil>
	// urn:epc:id:sgtin:0614141.812345.6789
}

func ExampleParseDigitalLink() {
	link := gs1.DigitalLink("shop.example", "09506000134352", "A1")
	gtin, serial, err := gs1.ParseDigitalLink(link)
	fmt.Println(link)
	fmt.Println(gtin, serial, err)
	// Output:
	// https://shop.example/01/09506000134352/21/A1
	// 09506000134352 A1 <nil>
}
