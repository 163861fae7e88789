"""The Studio: where a content team brings a show in, writes its people, asks as a fan, reviews and publishes."""
