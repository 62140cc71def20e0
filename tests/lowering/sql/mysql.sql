DELIMITER //
CREATE PROCEDURE purge() BEGIN DELETE FROM `log`; END //
DELIMITER ;
CREATE TABLE `posts` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `author_id` int unsigned NOT NULL,
  `title` varchar(200) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `title_idx` (`title`(20)),
  CONSTRAINT `fk_author` FOREIGN KEY (`author_id`) REFERENCES `users` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
SELECT `title` FROM `posts` WHERE `author_id` = ? LIMIT ?, ?;
