"""Teaching the network that finds faces: pictures with many faces, what each cell should answer, the loop, measures."""
